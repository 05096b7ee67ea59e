using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>More calls than there is room for: the surplus is refused at once, the others go on, and nothing stays behind.</summary>
[Requires("sipp", package: "sip-tester")]
[Collection(nameof(SippOverloadTests))]
public sealed partial class SippOverloadTests
{
    private const int Calls = 1500;
    private const int Room = 40;

    // A refused caller acknowledges and is done; an accepted one stays for half a second and hangs up.
    private const string Scenario = """
        <?xml version="1.0" encoding="UTF-8"?>
        <scenario name="overload">
        <send retrans="500"><![CDATA[

        INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
        Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
        From: <sip:5550100@[local_ip]:[local_port]>;tag=[pid]-[call_number]
        To: <sip:[service]@[remote_ip]:[remote_port]>
        Call-ID: [call_id]
        CSeq: 1 INVITE
        Contact: <sip:5550100@[local_ip]:[local_port]>
        Max-Forwards: 70
        Content-Length: 0

        ]]></send>
        <recv response="100" optional="true"/>
        <recv response="503" optional="true" next="refused">
          <action><ereg regexp="[0-9]+" search_in="hdr" header="Retry-After:" check_it="true" assign_to="after"/><log message="refused [$after]"/></action>
        </recv>
        <recv response="200" rrs="true"/>
        <send><![CDATA[

        ACK [next_url] SIP/2.0
        Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
        From: <sip:5550100@[local_ip]:[local_port]>;tag=[pid]-[call_number]
        To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
        Call-ID: [call_id]
        CSeq: 1 ACK
        Max-Forwards: 70
        Content-Length: 0

        ]]></send>
        <pause milliseconds="500"/>
        <send retrans="500"><![CDATA[

        BYE [next_url] SIP/2.0
        Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
        From: <sip:5550100@[local_ip]:[local_port]>;tag=[pid]-[call_number]
        To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
        Call-ID: [call_id]
        CSeq: 2 BYE
        Max-Forwards: 70
        Content-Length: 0

        ]]></send>
        <recv response="200" next="done"><action><log message="accepted"/></action></recv>
        <label id="refused"/>
        <send><![CDATA[

        ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
        Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-1]
        From: <sip:5550100@[local_ip]:[local_port]>;tag=[pid]-[call_number]
        To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
        Call-ID: [call_id]
        CSeq: 1 ACK
        Max-Forwards: 70
        Content-Length: 0

        ]]></send>
        <label id="done"/>
        </scenario>
        """;

    [Fact]
    public async Task Surplus_calls_get_503_accepted_ones_end_well_and_the_memory_comes_back()
    {
        // 64*T1 of six seconds: until then transactions wait for retransmissions.
        var timers = SipTimers.Default with { T1 = TimeSpan.FromMilliseconds(100) };
        var options = new SipOptions { Listen = [new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, 0))], MaxCalls = Room, Timers = timers };
        await using var endpoint = new SipEndpoint(options, new Answering(), NullLoggerFactory.Instance);
        await endpoint.StartAsync(default);
        var folder = Directory.CreateTempSubdirectory("um-overload").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "overload.xml"), Scenario);
        var before = await SettleAsync(endpoint);

        await using var sipp = ExternalProgram.Start(
            "sipp", folder, $"127.0.0.1:{endpoint.Bound[0].EndPoint.Port}", "-sf", "overload.xml", "-i", "127.0.0.1", "-p", $"{FreePort.Next()}",
            "-r", "500", "-m", $"{Calls}", "-l", $"{Calls}", "-nostdin", "-timeout", "50", "-trace_logs", "-log_file", "calls.log");
        await sipp.EndAsync(Installation.Guard);

        var log = await File.ReadAllTextAsync(Path.Combine(folder, "calls.log"));
        Directory.Delete(folder, recursive: true);
        int accepted = Accepted().Count(log), refused = Refused().Count(log);
        Assert.Equal(Calls, accepted + refused);
        Assert.InRange(accepted, Room, Calls - 1);
        Assert.Equal(0, endpoint.CallCount);
        var after = await SettleAsync(endpoint);
        Assert.True(after - before < 8 << 20, $"{(after - before) / 1024} KiB more than before");
    }

    /// <summary>Waits until no transaction is left, and gives the memory in use.</summary>
    private static async Task<long> SettleAsync(SipEndpoint endpoint)
    {
        using var guard = new CancellationTokenSource(Installation.Guard);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (endpoint.TransactionCount > 0)
            await timer.WaitForNextTickAsync(guard.Token);
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    [GeneratedRegex("^accepted", RegexOptions.Multiline)]
    private static partial Regex Accepted();

    [GeneratedRegex("^refused [0-9]+", RegexOptions.Multiline)]
    private static partial Regex Refused();

    private sealed class Answering : ISipApplication
    {
        public async Task OnCallAsync(IIncomingCall call, CancellationToken stopping)
        {
            await call.AnswerAsync("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n", stopping);
            await Task.Delay(Timeout.InfiniteTimeSpan, call.Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

/// <summary>The memory of the process tells of this test only while no other one runs.</summary>
[CollectionDefinition(nameof(SippOverloadTests), DisableParallelization = true)]
public sealed class AloneCollection;
