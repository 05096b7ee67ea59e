using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Benchmarks.Call;

/// <summary>The yardstick of the answer: sipp's own answering scenario, which looks nothing up and opens no audio.</summary>
internal static class SippAnswerer
{
    /// <summary>INVITE to 200 from the same phone; null when sipp is not installed.</summary>
    public static async Task<Percentiles?> MeasureAsync(int calls, string folder)
    {
        var port = FreePort();
        using var sipp = Start(port, folder);
        if (sipp is null)
            return null;
        try
        {
            await using var phone = Caller.NewPhone("2000");
            await phone.StartAsync(CancellationToken.None);
            var target = SipUri.Parse($"sip:1000@127.0.0.1:{port}");
            var times = new List<double>();
            // The first is for sipp to come up: the INVITE is sent again until it is there.
            for (var i = 0; i <= calls; i++)
            {
                await using var call = await phone.CallAsync(target);
                if (i > 0)
                    times.Add(call.AnsweredAfter.TotalMilliseconds);
            }
            return new Percentiles(times);
        }
        finally
        {
            sipp.Kill();
            await sipp.WaitForExitAsync();
        }
    }

    private static Process? Start(int port, string folder)
    {
        var start = new ProcessStartInfo("sipp", ["-sn", "uas", "-i", "127.0.0.1", "-p", $"{port}", "-nostdin"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            var sipp = Process.Start(start);
            sipp?.BeginOutputReadLine();
            sipp?.BeginErrorReadLine();
            return sipp;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static int FreePort()
    {
        using var probe = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.Client.LocalEndPoint!).Port;
    }
}
