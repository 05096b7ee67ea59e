using System.Diagnostics;
using System.Text;

namespace UnifiedMsg.Interop.Programs;

/// <summary>A program that nobody here wrote, under way: its output is kept, and it never outlives its time or the test.</summary>
internal sealed class ExternalProgram : IAsyncDisposable
{
    // Beyond this, output is dropped: it is read by a person who looks for the reason of a failure.
    private const int MostOutput = 256 * 1024;

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Task _reading;
    private readonly string _line;
    private TaskCompletionSource _printed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ExternalProgram(Process process, string line, bool takesOrders)
    {
        (_process, _line) = (process, line);
        if (!takesOrders)
            process.StandardInput.Close();
        _reading = Task.WhenAll(KeepAsync(process.StandardOutput), KeepAsync(process.StandardError));
    }

    /// <summary>What it printed so far, both streams together.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Whether it has ended.</summary>
    public bool Ended => _process.HasExited;

    /// <summary>The path of a program, or null when it is not installed.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    /// <summary>Starts a program in a folder, which is also its home, so that no settings of the user count.</summary>
    public static ExternalProgram Start(string program, string folder, params IEnumerable<string> arguments) =>
        Start(program, folder, takesOrders: false, arguments);

    /// <summary>Starts a program that reads its orders from its standard input (<see cref="TellAsync"/>).</summary>
    public static ExternalProgram StartForOrders(string program, string folder, params IEnumerable<string> arguments) =>
        Start(program, folder, takesOrders: true, arguments);

    private static ExternalProgram Start(string program, string folder, bool takesOrders, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["HOME"] = folder, ["LC_ALL"] = "C", ["TERM"] = "xterm" },
        };
        return new ExternalProgram(Process.Start(start)!, $"{program} {string.Join(' ', start.ArgumentList)}", takesOrders);
    }

    /// <summary>Runs a program to its end, which has to be a good one.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(string program, string folder, TimeSpan limit, params IEnumerable<string> arguments)
    {
        await using var running = Start(program, folder, arguments);
        return await running.EndAsync(limit);
    }

    /// <summary>Gives it an order, one line.</summary>
    public async Task TellAsync(string order)
    {
        await _process.StandardInput.WriteLineAsync(order);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits until it has printed a text; fails when it ends before, or takes longer than <see cref="Installation.Guard"/>.</summary>
    public async Task SaysAsync(string text)
    {
        using var guard = new CancellationTokenSource(Installation.Guard);
        while (true)
        {
            Task printed;
            lock (_output)
            {
                if (_output.ToString().Contains(text, StringComparison.Ordinal))
                    return;
                printed = _printed.Task;
            }
            var happened = await Task.WhenAny(printed, _reading, Task.Delay(Timeout.Infinite, guard.Token));
            Assert.True(happened == printed, $"{_line}\n{(happened == _reading ? "ended and" : "in time it")} never said: {text}\nIt printed:\n{Output}");
        }
    }

    /// <summary>Waits for its end, which has to be a good one.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> EndAsync(TimeSpan limit)
    {
        await EndAnyhowAsync(limit);
        Assert.True(_process.ExitCode == 0, $"{_line}\nended with exit code {_process.ExitCode}. It printed:\n{Output}");
        return Output;
    }

    /// <summary>Waits for its end, good or bad.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> EndAnyhowAsync(TimeSpan limit)
    {
        using var guard = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(guard.Token);
            await _reading.WaitAsync(guard.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{_line}\nwas not done after {limit.TotalSeconds} s. It printed:\n{Output}");
        }
        return Output;
    }

    /// <summary>Kills it, with all that it started, if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    private async Task KeepAsync(StreamReader stream)
    {
        var buffer = new char[4096];
        for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
        {
            TaskCompletionSource printed;
            lock (_output)
            {
                _output.Append(buffer, 0, Math.Min(read, MostOutput - _output.Length));
                (printed, _printed) = (_printed, new(TaskCreationOptions.RunContinuationsAsynchronously));
            }
            printed.SetResult();
        }
    }
}
