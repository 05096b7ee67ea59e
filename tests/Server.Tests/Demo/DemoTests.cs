using System.Text.Json;
using UnifiedMsg.Server.Tests.Commands;

namespace UnifiedMsg.Server.Tests.Demo;

public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_happens_as_a_whole_and_leaves_nothing_behind()
    {
        var run = await CommandRun.OfAsync(Path.GetTempPath(), "demo", "--json");
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        Assert.All(lines, line => Assert.True(line.GetProperty("ok").GetBoolean(), line.ToString()));
        Assert.Equal(
            ["server", "people", "lamp", "imap", "call", "greeting", "speak", "voiceMail", "lampOn", "transcript", "audio", "missedCall", "lampOff"],
            lines.SkipLast(1).Select(line => line.GetProperty("step").GetString()));
        Assert.InRange(lines[^1].GetProperty("correlation").GetDouble(), 0.99, 1.0);
        Assert.False(Directory.Exists(lines[0].GetProperty("folder").GetString()));
    }
}
