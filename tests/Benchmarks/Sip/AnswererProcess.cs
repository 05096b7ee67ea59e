using System.Diagnostics;

namespace UnifiedMsg.Benchmarks.Sip;

/// <summary>What the measured process has used.</summary>
internal readonly record struct ProcessUse(int Calls, int Transactions, long Allocated, long Live, long Resident, TimeSpan Processor);

/// <summary>The bare endpoint as a process of its own.</summary>
internal sealed class AnswererProcess : IAsyncDisposable
{
    private readonly Process _process;

    private AnswererProcess(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public static async Task<AnswererProcess> StartAsync()
    {
        var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(AnswererProcess).Assembly.Location, "sip-answerer"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the endpoint did not start");
        return new AnswererProcess(process, int.Parse(line));
    }

    /// <summary>What it has used; with <paramref name="memory"/>, what is alive after a collection.</summary>
    public async Task<ProcessUse> AskAsync(bool memory = false)
    {
        await _process.StandardInput.WriteLineAsync(memory ? "memory" : "use");
        var line = await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the endpoint has died");
        var numbers = line.Split(' ').Select(long.Parse).ToArray();
        return new ProcessUse((int)numbers[0], (int)numbers[1], numbers[2], numbers[3], numbers[4], TimeSpan.FromTicks(numbers[5]));
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
