using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace UnifiedMsg.Network.Tests;

public class LineReaderTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly Pipe _pipe = new();
    private readonly FakeTimeProvider _time = new();

    private LineReader Reader(int maxLineLength = 100) => new(_pipe.Reader, maxLineLength, Minute, _time);

    private async Task SendAsync(string text) => await _pipe.Writer.WriteAsync(Encoding.Latin1.GetBytes(text));

    private static async Task<string> ReadAsync(LineReader reader)
    {
        var result = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        return $"{result.Status} {Encoding.Latin1.GetString(result.Octets.Span)}".TrimEnd();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1000)]
    public async Task Lines_are_the_same_however_the_octets_are_split(int piece)
    {
        const string text = "EHLO a\r\n\r\nbare\nlone\rreturn\r\nlast\r\nlost";
        using var reader = Reader();
        var send = Task.Run(async () =>
        {
            foreach (var chunk in text.Chunk(piece))
                await SendAsync(new string(chunk));
            await _pipe.Writer.CompleteAsync();
        });
        Assert.Equal("Line EHLO a", await ReadAsync(reader));
        Assert.Equal("Line", await ReadAsync(reader));
        Assert.Equal("BareLineFeed bare", await ReadAsync(reader));
        Assert.Equal("Line lone\rreturn", await ReadAsync(reader));
        Assert.Equal("Line last", await ReadAsync(reader));
        Assert.Equal("End", await ReadAsync(reader));
        await send;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task A_line_at_the_limit_passes_and_one_above_is_dropped_alone(int piece)
    {
        using var reader = Reader(maxLineLength: 10);
        var send = Task.Run(async () =>
        {
            foreach (var chunk in "0123456789\r\n0123456789A\r\nnext\r\n".Chunk(piece))
                await SendAsync(new string(chunk));
        });
        Assert.Equal("Line 0123456789", await ReadAsync(reader));
        Assert.Equal("TooLong", await ReadAsync(reader));
        Assert.Equal("Line next", await ReadAsync(reader));
        await send;
    }

    [Fact]
    public async Task A_trickle_does_not_prolong_the_time_out_of_a_line()
    {
        using var reader = Reader();
        var line = ReadAsync(reader);
        for (var i = 0; i < 3; i++)
        {
            await SendAsync("x");
            _time.Advance(Minute / 4);
        }
        Assert.False(line.IsCompleted);
        _time.Advance(Minute / 2);
        Assert.Equal("TimedOut", await line.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Each_line_has_its_own_time_out()
    {
        using var reader = Reader();
        for (var i = 0; i < 4; i++)
        {
            var line = ReadAsync(reader);
            _time.Advance(Minute * 0.7);
            await SendAsync("NOOP\r\n");
            Assert.Equal("Line NOOP", await line.WaitAsync(TimeSpan.FromSeconds(30)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(1000)]
    public async Task A_literal_is_exactly_its_octets(int piece)
    {
        using var reader = Reader();
        var send = Task.Run(async () =>
        {
            foreach (var chunk in "APPEND {12}\r\nab\r\ncd\nef\rgh)\r\n".Chunk(piece))
                await SendAsync(new string(chunk));
        });
        Assert.Equal("Line APPEND {12}", await ReadAsync(reader));
        var copy = new MemoryStream();
        await reader.ReadLiteral(12).CopyToAsync(copy, TestContext.Current.CancellationToken);
        Assert.Equal("ab\r\ncd\nef\rgh", Encoding.Latin1.GetString(copy.ToArray()));
        Assert.Equal("Line )", await ReadAsync(reader));
        await send;
    }

    [Fact]
    public async Task A_long_literal_over_many_segments_is_whole()
    {
        using var reader = Reader();
        var text = string.Concat(Enumerable.Range(0, 40_000).Select(i => (char)('a' + (i % 26))));
        var send = Task.Run(async () =>
        {
            foreach (var chunk in text.Chunk(7001))
                await SendAsync(new string(chunk));
        });
        var copy = new MemoryStream();
        await reader.ReadLiteral(text.Length).CopyToAsync(copy, 1000, TestContext.Current.CancellationToken);
        Assert.Equal(text, Encoding.Latin1.GetString(copy.ToArray()));
        await send;
    }

    [Fact]
    public async Task A_literal_that_breaks_off_is_an_error()
    {
        using var reader = Reader();
        await SendAsync("abc");
        await _pipe.Writer.CompleteAsync();
        await Assert.ThrowsAsync<EndOfStreamException>(async () => await reader.ReadLiteral(4).DrainAsync(default));
    }

    [Fact]
    public async Task A_literal_that_stalls_times_out()
    {
        using var reader = Reader();
        await SendAsync("abc");
        var drain = reader.ReadLiteral(4).DrainAsync(default).AsTask();
        _time.Advance(Minute);
        await Assert.ThrowsAsync<TimeoutException>(() => drain.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    // Timers and clocks are not the same thing: a timer may fire before the clock says that the time is over.
    [Fact]
    public async Task A_timer_that_fires_early_does_not_lose_the_time_out()
    {
        using var reader = new LineReader(_pipe.Reader, 100, TimeSpan.FromMilliseconds(20), new EarlyTimers());
        Assert.Equal("TimedOut", await ReadAsync(reader).WaitAsync(TimeSpan.FromSeconds(30)));
        var read = reader.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.Same(read, await Task.WhenAny(read, Task.Delay(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)));
        await Assert.ThrowsAsync<TimeoutException>(() => read);
    }

    // Every timer fires after half of its time.
    private sealed class EarlyTimers : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new EarlyTimer(base.CreateTimer(callback, state, dueTime, period));

        private sealed class EarlyTimer(ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime > TimeSpan.Zero ? dueTime / 2 : dueTime, period);

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
