using System.Text.Json;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Commands;

/// <summary>What the trace of a running server shows, and what is said when none runs.</summary>
public sealed class TraceCommandTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_refused_call_is_listed_and_shown()
    {
        await CallNobodyAsync();
        var list = await RunAsync("trace");
        Assert.Matches(@"(?m)^c1 .* in  INVITE  \S+ +4711  404 Not Found", list.Output);
        var shown = await RunAsync("trace", "c1");
        Assert.Contains("|-- INVITE -", shown.Output);
        Assert.Contains("|<-- 404 Not Found -", shown.Output);
        Assert.Contains("SDP audio", shown.Output);
        Assert.DoesNotContain("m=audio", shown.Output);
        Assert.Contains("m=audio", (await RunAsync("trace", "c1", "--full")).Output);
    }

    [Fact]
    public async Task Programs_get_JSON()
    {
        await CallNobodyAsync();
        using var list = JsonDocument.Parse((await RunAsync("trace", "--json")).Output);
        var call = Assert.Single(list.RootElement.EnumerateArray());
        Assert.Equal("404 Not Found", call.GetProperty("result").GetString());
        using var shown = JsonDocument.Parse((await RunAsync("trace", call.GetProperty("callId").GetString()![..6], "--json")).Output);
        var first = shown.RootElement.GetProperty("messages")[0];
        Assert.StartsWith("INVITE sip:4711@", first.GetProperty("text").GetString());
        Assert.Equal(_server.Host.EndPoints.Sip[0].EndPoint.ToString(), first.GetProperty("local").GetString());
    }

    [Fact]
    public async Task A_capture_of_one_call_and_of_all_that_comes()
    {
        await CallNobodyAsync();
        var one = await RunAsync("trace", "c1", "--capture", "one.pcap");
        Assert.Contains("3 messages", one.Output);
        var file = Path.Combine(_server.Folder, "one.pcap");
        Assert.Equal([0xd4, 0xc3, 0xb2, 0xa1], (await File.ReadAllBytesAsync(file))[..4]);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        var all = RunAsync("trace", "--capture", "all.pcap", "--seconds", "2");
        do
            await CallNobodyAsync();
        while (!all.IsCompleted);
        Assert.Matches(@"^\d+ messages in ", (await all).Output);
        Assert.True(new FileInfo(Path.Combine(_server.Folder, "all.pcap")).Length > 1000);
    }

    [Fact]
    public async Task What_is_not_there_is_said()
    {
        var unknown = await CommandRun.OfAsync(_server.Folder, "trace", "c99");
        Assert.Equal((1, "unifiedmsg: there is no call c99 in the trace; `unifiedmsg trace` shows the last ones"), (unknown.ExitCode, unknown.Error.Trim()));
        await _server.StopAsync();
        var stopped = await CommandRun.OfAsync(_server.Folder, "trace");
        Assert.Equal(3, stopped.ExitCode);
        Assert.Contains("no server runs", stopped.Error);
    }

    private async Task CallNobodyAsync() =>
        Assert.Equal(1, (await CommandRun.OfAsync(_server.Folder, "call", $"sip:4711@{_server.Host.EndPoints.Sip[0].EndPoint}")).ExitCode);

    private async Task<CommandRun> RunAsync(params string[] arguments)
    {
        var run = await CommandRun.OfAsync(_server.Folder, arguments);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return run;
    }
}
