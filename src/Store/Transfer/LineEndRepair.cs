namespace UnifiedMsg.Store.Transfer;

/// <summary>A message whose lines end in a bare LF, as they should end: in CRLF. RFC 5322 §2.3.</summary>
internal sealed class LineEndRepair : Stream
{
    private readonly Stream _source;
    private readonly byte[] _buffer = new byte[64 << 10];
    private int _next;
    private int _end;
    private byte _last;
    private bool _owesLineFeed;

    private LineEndRepair(Stream source) => _source = source;

    /// <summary>The stream itself when its first line ends in CRLF, or when it has no line end.</summary>
    /// <param name="file">At its beginning.</param>
    /// <param name="cancellationToken">Ends the look at the first line.</param>
    public static async ValueTask<Stream> WrapAsync(Stream file, CancellationToken cancellationToken)
    {
        var lines = new LinePieces(file);
        int end = 0;
        while (end == 0 && await lines.NextAsync(cancellationToken))
            end = lines.LineEnd;
        file.Position = 0;
        return end == 1 ? new LineEndRepair(file) : file;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_next == _end)
            (_next, _end) = (0, await _source.ReadAsync(_buffer, cancellationToken));
        return Take(buffer.Span);
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_next == _end)
            (_next, _end) = (0, _source.Read(_buffer, 0, _buffer.Length));
        return Take(buffer.AsSpan(offset, count));
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _source.Dispose();
        base.Dispose(disposing);
    }

    private int Take(Span<byte> to)
    {
        int written = 0;
        while (written < to.Length && _next < _end)
        {
            byte octet = _buffer[_next];
            if (octet == '\n' && _last != '\r' && !_owesLineFeed)
            {
                to[written++] = (byte)'\r';
                _owesLineFeed = true;
                continue;
            }
            _owesLineFeed = false;
            to[written++] = _last = octet;
            _next++;
        }
        return written;
    }
}
