using System.Diagnostics;

namespace UnifiedMsg.Benchmarks.Sip;

/// <summary>The yardstick: sipp's own answering scenario, which keeps no real dialog.</summary>
internal sealed class SippAnswererProcess : IAsyncDisposable
{
    private readonly Process _process;

    public SippAnswererProcess(string folder)
    {
        Port = SippLoad.FreePort();
        _process = SippLoad.Start(folder, ["-sn", "uas", "-i", "127.0.0.1", "-p", $"{Port}", "-nostdin"]);
    }

    public int Port { get; }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
