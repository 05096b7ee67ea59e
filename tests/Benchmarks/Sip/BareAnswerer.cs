using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Calls;

namespace UnifiedMsg.Benchmarks.Sip;

/// <summary>
/// The endpoint that is measured: answers every call at once, has no media, and waits for the caller to hang up. It writes its port, and its
/// figures for each line that it reads; it ends with its input.
/// </summary>
internal sealed class BareAnswerer : ISipApplication
{
    /// <summary>A session description that fits any call.</summary>
    public const string Answer =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var options = new SipOptions
        {
            Listen = [new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, 0))],
            MaxCalls = (int)arguments.Number("calls", 20_000),
            MaxCallsPerSource = (int)arguments.Number("calls", 20_000),
        };
        await using var endpoint = new SipEndpoint(options, new BareAnswerer(), NullLoggerFactory.Instance);
        await endpoint.StartAsync(CancellationToken.None);
        Console.WriteLine(endpoint.Bound[0].EndPoint.Port);
        while (await Console.In.ReadLineAsync() is { } question)
        {
            // Memory is asked for at rest, the rest without disturbing anything.
            var live = question == "memory" ? GC.GetTotalMemory(forceFullCollection: true) : 0;
            Console.WriteLine($"{endpoint.CallCount} {endpoint.TransactionCount} {GC.GetTotalAllocatedBytes()} {live} {Process.GetCurrentProcess().WorkingSet64} {Environment.CpuUsage.TotalTime.Ticks}");
        }
        return 0;
    }

    public async Task OnCallAsync(IIncomingCall call, CancellationToken stopping)
    {
        if (!await call.AnswerAsync(Answer, stopping))
            return;
        var ended = new TaskCompletionSource();
        await using (call.Ended.UnsafeRegister(static e => ((TaskCompletionSource)e!).TrySetResult(), ended))
            await ended.Task;
    }
}
