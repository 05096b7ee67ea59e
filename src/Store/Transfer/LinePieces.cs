namespace UnifiedMsg.Store.Transfer;

/// <summary>The lines of a stream with their ends, through one buffer. A line longer than the buffer comes in pieces, of which only the first has
/// <see cref="IsLineStart"/>; so a line of gigabytes costs no memory.</summary>
internal sealed class LinePieces(Stream source)
{
    // Every line that means something fits many times over.
    private const int BufferSize = 128 << 10;

    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;
    private bool _ended;
    private bool _nextIsStart = true;
    private int _length;

    /// <summary>The piece, valid until the next one is asked for.</summary>
    public ReadOnlySpan<byte> Piece => _buffer.AsSpan(_start, _length);

    /// <summary>Where it begins, from where the stream began.</summary>
    public long Offset { get; private set; }

    /// <summary>Whether it begins a line.</summary>
    public bool IsLineStart { get; private set; }

    /// <summary>Octets of the line end: 2 (CRLF), 1 (LF), or 0 for a piece with more to come, or at the end of the stream.</summary>
    public int LineEnd => !Piece.EndsWith("\n"u8) ? 0 : Piece.EndsWith("\r\n"u8) ? 2 : 1;

    /// <summary>The piece without its line end.</summary>
    public ReadOnlySpan<byte> Text => Piece[..^LineEnd];

    /// <summary>Whether the whole line is empty.</summary>
    public bool IsBlank => IsLineStart && LineEnd > 0 && Text.IsEmpty;

    /// <summary>Goes to the next piece; false at the end.</summary>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        _start += _length;
        Offset += _length;
        _length = 0;
        int searched = 0;
        int found;
        while ((found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n')) < 0 && !_ended)
        {
            searched = _end - _start;
            if (searched == BufferSize)
                break;
            if (_start > 0)
            {
                _buffer.AsSpan(_start, searched).CopyTo(_buffer);
                (_start, _end) = (0, searched);
            }
            int read = await source.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _ended = read == 0;
            _end += read;
        }
        _length = found < 0 ? _end - _start : searched + found + 1;
        // CR and LF stay together, or the LF would look like a line end of its own.
        if (found < 0 && !_ended && _length > 1 && _buffer[_start + _length - 1] == '\r')
            _length--;
        if (_length == 0)
            return false;
        IsLineStart = _nextIsStart;
        _nextIsStart = LineEnd > 0;
        return true;
    }
}
