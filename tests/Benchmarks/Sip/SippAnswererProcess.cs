using System.Diagnostics;
using System.Net.NetworkInformation;

namespace UnifiedMsg.Benchmarks.Sip;

/// <summary>The yardstick: sipp's own answering scenario, which keeps no real dialog.</summary>
internal sealed class SippAnswererProcess : IAsyncDisposable
{
    private readonly Process _process;

    private SippAnswererProcess(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<SippAnswererProcess> StartAsync(string folder)
    {
        var port = SippLoad.FreePort();
        var sipp = new SippAnswererProcess(SippLoad.Start(folder, ["-sn", "uas", "-i", "127.0.0.1", "-p", $"{port}", "-nostdin"]), port);
        while (!IPGlobalProperties.GetIPGlobalProperties().GetActiveUdpListeners().Any(l => l.Port == port))
            await Task.Delay(20);
        return sipp;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
