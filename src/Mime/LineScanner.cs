namespace UnifiedMsg.Mime;

/// <summary>
/// Gives the lines of a message with their offsets, from memory or from a stream through one buffer. A line longer than
/// the buffer comes in pieces, of which only the first has <see cref="AtLineStart"/>.
/// </summary>
internal ref struct LineScanner
{
    private readonly Stream? _stream;
    private readonly Span<byte> _buffer;
    private ReadOnlySpan<byte> _window;
    private int _next;
    private bool _ended;
    private bool _startsLine;

    /// <summary>Scans octets that are all in memory.</summary>
    public LineScanner(ReadOnlySpan<byte> message)
    {
        _window = message;
        _ended = true;
        _startsLine = true;
    }

    /// <summary>Scans from the stream's beginning to its end.</summary>
    public LineScanner(Stream stream, Span<byte> buffer)
    {
        _stream = stream;
        _buffer = buffer;
        _startsLine = true;
    }

    /// <summary>The line, or piece of one, with its line end.</summary>
    public ReadOnlySpan<byte> Line { get; private set; }

    /// <summary>Where <see cref="Line"/> begins, in octets from the start of the message.</summary>
    public long Offset { get; private set; }

    /// <summary>Where the next line begins.</summary>
    public long NextOffset { get; private set; }

    /// <summary>Whether <see cref="Line"/> begins a line.</summary>
    public bool AtLineStart { get; private set; }

    /// <summary>Octets of the line end that <see cref="Line"/> has: 2 (CRLF), 1 (bare LF) or 0.</summary>
    public int LineEnd { get; private set; }

    /// <summary>Goes to the next line; false at the end of the message.</summary>
    public bool Next()
    {
        var rest = _window[_next..];
        var end = rest.IndexOf((byte)'\n');
        while (end < 0 && !_ended && rest.Length < _buffer.Length)
        {
            Fill();
            rest = _window[_next..];
            end = rest.IndexOf((byte)'\n');
        }

        var length = end < 0 ? rest.Length : end + 1;
        // A piece must not end between CR and LF, or the line end would look like a bare LF.
        if (end < 0 && !_ended && length > 1 && rest[length - 1] == '\r') length--;
        if (length == 0) return false;
        Line = rest[..length];
        AtLineStart = _startsLine;
        Offset = NextOffset;
        NextOffset += length;
        LineEnd = end < 0 ? 0 : length > 1 && Line[^2] == '\r' ? 2 : 1;
        _startsLine = end >= 0;
        _next += length;
        return true;
    }

    private void Fill()
    {
        var kept = _window.Length - _next;
        _window[_next..].CopyTo(_buffer);
        var read = _stream!.Read(_buffer[kept..]);
        if (read == 0) _ended = true;
        _window = _buffer[..(kept + read)];
        _next = 0;
    }
}
