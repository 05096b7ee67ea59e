using System.Buffers;
using System.IO.Pipelines;

namespace UnifiedMsg.Network;

/// <summary>What <see cref="LineReader.ReadLineAsync"/> found.</summary>
public enum LineStatus
{
    /// <summary>A line that ended with CRLF.</summary>
    Line,

    /// <summary>A line that ended with a bare LF. What to think of it is the protocol's affair.</summary>
    BareLineFeed,

    /// <summary>A line over the limit; it was dropped up to its LF.</summary>
    TooLong,

    /// <summary>The peer closed; octets after the last line end are dropped.</summary>
    End,

    /// <summary>Nothing complete came within the time-out.</summary>
    TimedOut,
}

/// <summary>A line, without its line end. The octets are good until the next read.</summary>
/// <param name="Status">What was found.</param>
/// <param name="Octets">The line; empty unless the status is <see cref="LineStatus.Line"/> or <see cref="LineStatus.BareLineFeed"/>.</param>
public readonly record struct LineResult(LineStatus Status, ReadOnlyMemory<byte> Octets);

/// <summary>
/// Reads CRLF lines and counted octets off a pipe, under a length limit and one time-out. It allocates nothing per line.
/// </summary>
public sealed class LineReader : IDisposable
{
    // A buffer above this is given back once its line is done with, so that one long line does not cost memory for the connection's life.
    private const int KeptBufferLength = 2048;

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private PipeReader _input;
    private byte[] _line = [];
    private long _began;

    /// <summary>Reads <paramref name="input"/>.</summary>
    /// <param name="input">The pipe; see <see cref="Reset"/> for what STARTTLS needs.</param>
    /// <param name="maxLineLength">The longest line in octets, without its CRLF.</param>
    /// <param name="timeout">How long one read may take; see <see cref="Timeout"/>.</param>
    /// <param name="time">The clock.</param>
    public LineReader(PipeReader input, int maxLineLength, TimeSpan timeout, TimeProvider? time = null)
    {
        _input = input;
        MaxLineLength = maxLineLength;
        Timeout = timeout;
        _time = time ?? TimeProvider.System;
        _timer = _time.CreateTimer(static state => ((LineReader)state!)._input.CancelPendingRead(), this,
            System.Threading.Timeout.InfiniteTimeSpan, System.Threading.Timeout.InfiniteTimeSpan);
    }

    /// <summary>The longest line in octets, without its CRLF.</summary>
    public int MaxLineLength { get; set; }

    /// <summary>How long a whole line, or the next octets of counted content, may take. A trickle of single octets does not prolong a line's.</summary>
    public TimeSpan Timeout { get; set; }

    /// <summary>Whether a whole line has come already, so that replies may wait to be sent together (RFC 2920 §3.2).</summary>
    public bool HasBufferedLine
    {
        get
        {
            if (!_input.TryRead(out var read))
                return false;
            var has = read.Buffer.PositionOf((byte)'\n') is not null;
            _input.AdvanceTo(read.Buffer.Start);
            return has;
        }
    }

    /// <summary>Goes on with another pipe, after STARTTLS.</summary>
    public void Reset(PipeReader input) => _input = input;

    /// <summary>Reads one line.</summary>
    public async ValueTask<LineResult> ReadLineAsync(CancellationToken cancellationToken)
    {
        if (_line.Length > KeptBufferLength)
            _line = [];
        var overlong = false;
        var armed = false;
        try
        {
            while (true)
            {
                if (!_input.TryRead(out var read))
                {
                    if (!armed)
                        Arm();
                    armed = true;
                    read = await _input.ReadAsync(cancellationToken);
                }
                if (read.IsCanceled && armed && !Rearmed())
                {
                    _input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    return new LineResult(LineStatus.TimedOut, default);
                }
                if (TryTakeLine(read.Buffer, ref overlong, out var result))
                    return result;
                if (read.IsCompleted)
                    return new LineResult(LineStatus.End, default);
            }
        }
        finally
        {
            if (armed)
                Disarm();
        }
    }

    /// <summary>
    /// The next octets, at least one unless the peer closed, for readers of content. Follow with <see cref="AdvanceTo(SequencePosition, SequencePosition)"/>.
    /// </summary>
    /// <exception cref="TimeoutException">Nothing came within the time-out.</exception>
    public async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken)
    {
        if (_input.TryRead(out var read))
        {
            if (!read.IsCanceled)
                return read;
            _input.AdvanceTo(read.Buffer.Start, read.Buffer.Start);
        }
        Arm();
        try
        {
            while (true)
            {
                read = await _input.ReadAsync(cancellationToken);
                if (!read.IsCanceled)
                    return read;
                _input.AdvanceTo(read.Buffer.Start, read.Buffer.Start);
                if (!Rearmed())
                    throw new TimeoutException("the peer sent nothing within the time-out");
            }
        }
        finally
        {
            Disarm();
        }
    }

    /// <summary>Says what of the last <see cref="ReadAsync"/> is used up and what was looked at.</summary>
    public void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _input.AdvanceTo(consumed, examined);

    /// <summary>The next <paramref name="length"/> octets (a literal, a BDAT chunk) as a stream, which must be read to its end or drained
    /// before anything else is read.</summary>
    public LiteralStream ReadLiteral(long length) => new(this, length);

    /// <summary>Gives up the time-out; the pipe stays the connection's.</summary>
    public void Dispose() => _timer.Dispose();

    private void Arm()
    {
        _began = _time.GetTimestamp();
        _timer.Change(Timeout, System.Threading.Timeout.InfiniteTimeSpan);
    }

    // Timers keep other time than the clock and may fire a moment early, and the one of an earlier read a moment late: what is left of the
    // time-out is waited for again. False when nothing is left.
    private bool Rearmed()
    {
        var left = Timeout - _time.GetElapsedTime(_began);
        if (left <= TimeSpan.Zero)
            return false;
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), System.Threading.Timeout.InfiniteTimeSpan);
        return true;
    }

    private void Disarm() => _timer.Change(System.Threading.Timeout.InfiniteTimeSpan, System.Threading.Timeout.InfiniteTimeSpan);

    private bool TryTakeLine(in ReadOnlySequence<byte> buffer, ref bool overlong, out LineResult result)
    {
        result = default;
        var lineFeed = buffer.PositionOf((byte)'\n');
        if (lineFeed is null)
        {
            // The CR may be the last octet that has come: it is not part of the line's length.
            overlong |= buffer.Length > MaxLineLength + 1;
            _input.AdvanceTo(overlong ? buffer.End : buffer.Start, buffer.End);
            return false;
        }
        var raw = buffer.Slice(0, lineFeed.Value);
        var end = buffer.GetPosition(1, lineFeed.Value);
        var hasReturn = EndsWithReturn(raw);
        var length = raw.Length - (hasReturn ? 1 : 0);
        if (overlong || length > MaxLineLength)
        {
            overlong = false;
            result = new LineResult(LineStatus.TooLong, default);
        }
        else
            result = new LineResult(hasReturn ? LineStatus.Line : LineStatus.BareLineFeed, Copy(raw.Slice(0, length)));
        _input.AdvanceTo(end);
        return true;
    }

    private static bool EndsWithReturn(in ReadOnlySequence<byte> raw) =>
        raw.Length > 0 && raw.Slice(raw.Length - 1).FirstSpan[0] == (byte)'\r';

    private ReadOnlyMemory<byte> Copy(in ReadOnlySequence<byte> line)
    {
        var length = (int)line.Length;
        if (_line.Length < length)
            _line = new byte[Math.Max(length, 256)];
        line.CopyTo(_line);
        return _line.AsMemory(0, length);
    }
}
