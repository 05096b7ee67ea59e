using System.Threading.Channels;

namespace UnifiedMsg.Server.Tests.Commands;

/// <summary>What a command that goes on for long writes, line by line.</summary>
internal sealed class LineWriter : StringWriter
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public override void WriteLine(string? value) => _lines.Writer.TryWrite(value ?? "");

    public async Task<string> UntilAsync(Predicate<string> wanted)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var line = await _lines.Reader.ReadAsync(guard.Token);
            if (wanted(line))
                return line;
        }
    }
}
