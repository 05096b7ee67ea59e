using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using UnifiedMsg.Server.Commands;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Commands;

public sealed class CallCommandTests
{
    [Fact]
    public async Task Where_nobody_listens_the_exit_code_says_that_it_was_not_reached()
    {
        // Bound, so that nobody else comes upon the port, and not listening.
        using var held = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        held.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var run = await CommandRun.OfAsync(Path.GetTempPath(), "call", $"sip:1001@{held.LocalEndPoint};transport=tcp");

        Assert.Equal(ExitCode.Unreachable, run.ExitCode);
        Assert.StartsWith("not reached: 503", run.Output);
    }

    [Fact]
    public async Task It_says_what_was_told_by_ear()
    {
        await using var server = await TestServer.StartAsync();
        await server.AddUserAsync("alice", "1001");
        var target = $"sip:1001@{server.Host.EndPoints.Sip[0].EndPoint}";
        var run = await CommandRun.OfAsync(Path.GetTempPath(), "call", target, "--seconds", "4", "--country", "de", "--json");
        Assert.Equal(ExitCode.Done, run.ExitCode);
        using var report = JsonDocument.Parse(run.Output);
        Assert.Equal(["voice"], report.RootElement.GetProperty("signals").EnumerateArray().Select(each => each.GetString()));
    }

    [Fact]
    public async Task A_country_whose_tones_nobody_knows_is_named()
    {
        var run = await CommandRun.OfAsync(Path.GetTempPath(), "call", "sip:1001@127.0.0.1", "--country", "xx");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("--country: 'xx' is not known", run.Error);
    }

    [Fact]
    public async Task An_address_to_which_there_is_no_way_is_no_fault_of_ours()
    {
        // A datagram socket may not be connected to the broadcast address (EACCES).
        var run = await CommandRun.OfAsync(Path.GetTempPath(), "call", "sip:1001@255.255.255.255");

        Assert.Equal(ExitCode.Unreachable, run.ExitCode);
        Assert.StartsWith("not reached: 503 255.255.255.255: ", run.Output);
        Assert.Empty(run.Error);
    }
}
