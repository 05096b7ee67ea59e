namespace UnifiedMsg.Delivery.Smtp.Wire;

/// <summary>
/// Undoes the dot-stuffing of DATA (RFC 5321 §4.5.2), over any split of the octets.
/// </summary>
/// <remarks>
/// Only CR LF "." CR LF ends the message. Servers that took a bare LF or CR for a line end here let one message smuggle in another
/// (CVE-2023-51764 and its kin), so after a bare one we are still within the line, and <see cref="HasBareLineEnd"/> lets the
/// session refuse the message.
/// </remarks>
internal struct DotDecoder
{
    private State _state;

    private enum State : byte
    {
        LineStart,
        InLine,
        AfterReturn,
        Dot,
        DotReturn,
        End,
    }

    /// <summary>Whether a CR without LF or a LF without CR was met (RFC 5321 §2.3.8 forbids both).</summary>
    public bool HasBareLineEnd { get; private set; }

    /// <summary>Whether the final dot was met.</summary>
    public readonly bool IsEnd => _state == State.End;

    /// <summary>Decodes until <paramref name="input"/> is used up, <paramref name="output"/> is full, or the final dot was met.</summary>
    public void Decode(ReadOnlySpan<byte> input, Span<byte> output, out int consumed, out int written)
    {
        consumed = 0;
        written = 0;
        while (consumed < input.Length && written < output.Length && _state != State.End)
        {
            if (_state == State.InLine)
            {
                var run = CopyRun(input[consumed..], output[written..]);
                consumed += run;
                written += run;
                if (consumed == input.Length || written == output.Length)
                    return;
            }
            Step(input[consumed], output, ref consumed, ref written);
        }
    }

    private static int CopyRun(ReadOnlySpan<byte> input, Span<byte> output)
    {
        var length = input.IndexOfAny((byte)'\r', (byte)'\n');
        length = Math.Min(length < 0 ? input.Length : length, output.Length);
        input[..length].CopyTo(output);
        return length;
    }

    // At most one octet is put out by each step, so that any output length will do.
    private void Step(byte octet, Span<byte> output, ref int consumed, ref int written)
    {
        switch (_state)
        {
            case State.LineStart when octet == (byte)'.':
                _state = State.Dot;
                consumed++;
                return;
            case State.Dot when octet == (byte)'\r':
                _state = State.DotReturn;
                consumed++;
                return;
            case State.DotReturn when octet == (byte)'\n':
                _state = State.End;
                consumed++;
                return;
            case State.DotReturn:
                // The CR was content after all, and a bare one; this octet is looked at again.
                output[written++] = (byte)'\r';
                _state = State.AfterReturn;
                return;
        }
        HasBareLineEnd |= octet == (byte)'\n' ? _state != State.AfterReturn : _state == State.AfterReturn;
        _state = octet switch
        {
            (byte)'\n' when _state == State.AfterReturn => State.LineStart,
            (byte)'\r' => State.AfterReturn,
            _ => State.InLine,
        };
        output[written++] = octet;
        consumed++;
    }
}
