namespace UnifiedMsg.Delivery.Smtp.Intake;

/// <summary>Finds where the header of a message ends while its octets still come. It looks at no octet twice, so that a trickle costs no more.</summary>
internal struct HeaderScanner
{
    private int _lineStart;
    private int _searched;

    /// <summary>
    /// Where the header ends: after its last field. What follows is the blank line, or, in a message that is not well formed, the
    /// first line that is no field.
    /// </summary>
    /// <param name="octets">The message from its start; each call has more of it.</param>
    /// <param name="isWhole">Whether no more octets will come.</param>
    /// <returns>The offset, or -1 when more octets are needed to tell.</returns>
    public int FindEnd(ReadOnlySpan<byte> octets, bool isWhole)
    {
        while (_lineStart < octets.Length)
        {
            var lineFeed = octets[_searched..].IndexOf((byte)'\n');
            if (lineFeed < 0 && !isWhole)
            {
                _searched = octets.Length;
                return -1;
            }
            var next = lineFeed < 0 ? octets.Length : _searched + lineFeed + 1;
            if (!IsFieldOrContinuation(octets[_lineStart..next], _lineStart))
                return _lineStart;
            _lineStart = _searched = next;
        }
        return isWhole ? octets.Length : -1;
    }

    private static bool IsFieldOrContinuation(ReadOnlySpan<byte> line, int offset)
    {
        if (offset > 0 && line[0] is (byte)' ' or (byte)'\t')
            return true;
        // RFC 5322 §2.2: a name of printable characters, then a colon; old software puts white space between them.
        var name = HeaderSection.NameOf(line);
        return !name.IsEmpty && name.IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0;
    }
}
