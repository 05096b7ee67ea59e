using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace UnifiedMsg.TestKit;

/// <summary>The real program as its own process on a folder that is laid out already: what can be killed.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _log = new();

    private ServerProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
                _log.Enqueue(line.Data);
        };
        process.BeginErrorReadLine();
    }

    /// <summary>Where it takes calls over UDP.</summary>
    public IPEndPoint SipUdp { get; private set; } = null!;

    /// <summary>Where it takes calls over TCP.</summary>
    public IPEndPoint SipTcp { get; private set; } = null!;

    /// <summary>Where mail clients connect, STARTTLS.</summary>
    public IPEndPoint Imap { get; private set; } = null!;

    /// <summary>Where mail clients connect, TLS from the first octet.</summary>
    public IPEndPoint Imaps { get; private set; } = null!;

    /// <summary>Where other mail servers deliver.</summary>
    public IPEndPoint Smtp { get; private set; } = null!;

    /// <summary>Where mail clients send, TLS from the first octet.</summary>
    public IPEndPoint Submissions { get; private set; } = null!;

    /// <summary>What it logged so far.</summary>
    public string Log => string.Join(Environment.NewLine, _log);

    /// <summary>Starts `unifiedmsg run` in a folder and waits until it is ready.</summary>
    /// <param name="folder">As `init` lays it out.</param>
    /// <param name="environment">Environment variables beside those of this process.</param>
    /// <param name="program"><c>unifiedmsg.dll</c> of another build than that of the tests.</param>
    /// <exception cref="InvalidOperationException">It ended instead; the message has its log.</exception>
    public static async Task<ServerProcess> StartAsync(string folder, IReadOnlyDictionary<string, string>? environment = null, string? program = null)
    {
        var start = new ProcessStartInfo("dotnet", [program ?? Path.Combine(AppContext.BaseDirectory, "unifiedmsg.dll"), "run", "--json"])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var server = new ServerProcess(Process.Start(start)!);
        try
        {
            await server.WaitUntilReadyAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL: no code of the program runs any more. Done when the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Guard);
    }

    /// <summary>SIGTERM: the program drains and stops.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString()]);
        await _process.WaitForExitAsync().WaitAsync(Guard);
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private async Task WaitUntilReadyAsync()
    {
        string? line;
        try
        {
            line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Guard);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"the server is not ready after {Guard.TotalSeconds} s: {Log}");
        }
        if (line is null)
        {
            await _process.WaitForExitAsync().WaitAsync(Guard);
            throw new InvalidOperationException($"the server did not start: {Log}");
        }
        using var ready = JsonDocument.Parse(line);
        var endPoints = ready.RootElement.GetProperty("endPoints");
        SipUdp = First(endPoints.GetProperty("sip"), "udp://");
        SipTcp = First(endPoints.GetProperty("sip"), "tcp://");
        Smtp = First(endPoints.GetProperty("smtp"), "");
        Imap = First(endPoints.GetProperty("imap"), "");
        Imaps = First(endPoints.GetProperty("imaps"), "");
        Submissions = First(endPoints.GetProperty("submissions"), "");
    }

    private static IPEndPoint First(JsonElement endPoints, string scheme) => IPEndPoint.Parse(
        endPoints.EnumerateArray().Select(each => each.GetString()!).First(each => each.StartsWith(scheme, StringComparison.Ordinal))[scheme.Length..]);
}
