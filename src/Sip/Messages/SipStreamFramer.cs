using System.Buffers;
using System.Text;

namespace UnifiedMsg.Sip.Messages;

/// <summary>What <see cref="SipStreamFramer"/> found.</summary>
public enum SipFrame
{
    /// <summary>More octets are needed.</summary>
    Incomplete,

    /// <summary>A whole message.</summary>
    Message,

    /// <summary>A keep-alive: two line breaks between messages, to be answered with one (RFC 5626 §3.5.1).</summary>
    Ping,

    /// <summary>One line break where <see cref="SipStreamFramer.ExpectsPong"/>: the answer to a keep-alive.</summary>
    Pong,

    /// <summary>A message whose end cannot be told. The head is given, to be answered if possible; then the stream must end.</summary>
    Broken,
}

/// <summary>
/// Cuts a stream into messages by Content-Length (RFC 3261 §18.3), however the octets were split on the way. One per stream.
/// </summary>
public sealed class SipStreamFramer
{
    private int _lineBreaks;

    /// <summary>Whether the next line break between messages answers a ping of ours (RFC 5626 §3.5.1).</summary>
    public bool ExpectsPong { get; set; }

    /// <summary>
    /// Takes the next thing out of <paramref name="buffer"/>, which then begins behind it. Call it again until it says
    /// <see cref="SipFrame.Incomplete"/>. The octets of <paramref name="message"/> belong to the buffer.
    /// </summary>
    public SipFrame TryRead(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> message)
    {
        message = default;
        if (SkipLineBreaks(ref buffer) is { } breaks)
            return breaks;
        if (buffer.IsEmpty || FirstIsLoneReturn(buffer))
            return SipFrame.Incomplete;
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> head, "\r\n\r\n"u8))
            return buffer.Length > SipLimits.MaxHeaderOctets ? Broken(ref buffer, buffer.Slice(0, SipLimits.MaxHeaderOctets), out message) : SipFrame.Incomplete;
        _lineBreaks = 0;
        var headLength = head.Length + 4;
        if (headLength > SipLimits.MaxHeaderOctets || !TryContentLength(head, out var bodyLength)
            || headLength + bodyLength > SipLimits.MaxMessageOctets)
            return Broken(ref buffer, buffer.Slice(0, Math.Min(headLength, SipLimits.MaxHeaderOctets)), out message);
        if (buffer.Length < headLength + bodyLength)
            return SipFrame.Incomplete;
        message = buffer.Slice(0, headLength + bodyLength);
        buffer = buffer.Slice(headLength + bodyLength);
        return SipFrame.Message;
    }

    private static SipFrame Broken(ref ReadOnlySequence<byte> buffer, ReadOnlySequence<byte> head, out ReadOnlySequence<byte> message)
    {
        message = head;
        buffer = buffer.Slice(buffer.End);
        return SipFrame.Broken;
    }

    /// <summary>What the line breaks that were taken mean; null when they mean nothing yet.</summary>
    private SipFrame? SkipLineBreaks(ref ReadOnlySequence<byte> buffer)
    {
        while (buffer.Length >= 2)
        {
            var reader = new SequenceReader<byte>(buffer);
            if (!reader.IsNext("\r\n"u8))
                return null;
            buffer = buffer.Slice(2);
            if (ExpectsPong)
            {
                ExpectsPong = false;
                return SipFrame.Pong;
            }
            if (++_lineBreaks < 2)
                continue;
            _lineBreaks = 0;
            return SipFrame.Ping;
        }
        return null;
    }

    private static bool FirstIsLoneReturn(ReadOnlySequence<byte> buffer) => buffer.Length == 1 && buffer.FirstSpan[0] == '\r';

    // RFC 3261 §20.14: over a stream Content-Length must be there. It is looked for in the raw head, since the head may be
    // malformed elsewhere and the frame still be clear.
    private static bool TryContentLength(ReadOnlySequence<byte> head, out int length)
    {
        length = 0;
        var found = false;
        var octets = head.IsSingleSegment ? head.FirstSpan : head.ToArray();
        while (octets.Length > 0)
        {
            var end = SipParser.LineLength(octets, out _);
            var line = octets[..end];
            octets = octets[Math.Min(octets.Length, end + 2)..];
            var colon = line.IndexOf((byte)':');
            if (colon < 0 || !IsContentLength(line[..colon].TrimEnd(" \t"u8)))
                continue;
            var value = Encoding.ASCII.GetString(line[(colon + 1)..].Trim(" \t\r\n"u8));
            if (found || !SipGrammar.TryNumber(value, SipLimits.MaxMessageOctets, out var number))
                return false;
            length = (int)number;
            found = true;
        }
        return found;
    }

    private static bool IsContentLength(ReadOnlySpan<byte> name) =>
        Ascii.EqualsIgnoreCase(name, "Content-Length"u8) || Ascii.EqualsIgnoreCase(name, "l"u8);
}
