using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Accounts;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;

namespace UnifiedMsg.TestKit;

/// <summary>The whole product on loopback, on free ports, in a folder of its own that goes away with it.</summary>
public sealed class TestServer : IAsyncDisposable
{
    /// <summary>The domain of its people.</summary>
    public const string Domain = "example.test";

    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;

    private TestServer(string folder, ServerOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        (Folder, Options, _loggers, _time) = (folder, options, loggers, time);
    }

    /// <summary>The folder that `init` would lay out.</summary>
    public string Folder { get; }

    /// <summary>What it runs with.</summary>
    public ServerOptions Options { get; }

    /// <summary>The running server.</summary>
    public ServerHost Host { get; private set; } = null!;

    /// <summary>Lays out a folder and starts a server on it.</summary>
    /// <param name="change">Changes the options before the start.</param>
    /// <param name="loggers">The log; nowhere by default.</param>
    /// <param name="time">The clock; the real one by default.</param>
    public static async Task<TestServer> StartAsync(
        Func<ServerOptions, ServerOptions>? change = null, ILoggerFactory? loggers = null, TimeProvider? time = null)
    {
        var folder = Directory.CreateTempSubdirectory("um").FullName;
        var options = await LayOutAsync(folder);
        var server = new TestServer(folder, change?.Invoke(options) ?? options, loggers ?? NullLoggerFactory.Instance, time ?? TimeProvider.System);
        try
        {
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lays out a folder as `init` does and gives options for free ports on loopback.</summary>
    public static async Task<ServerOptions> LayOutAsync(string folder)
    {
        var initial = new ServerOptions { Hostname = $"um.{Domain}", Domains = [Domain] };
        await InitialFolder.WriteAsync(folder, initial, TimeProvider.System);
        var options = await ConfigurationFile.LoadAsync(
            Path.Combine(folder, ConfigurationFile.DefaultName), new Dictionary<string, string>());
        return options with { Listen = FreePorts, Drain = TimeSpan.FromSeconds(1) };
    }

    /// <summary>Every protocol on any free port of loopback.</summary>
    public static ListenSection FreePorts => new()
    {
        Sip = [new(SipCarrier.Udp, Free), new(SipCarrier.Tcp, Free)],
        Rtp = new RtpSection { Address = IPAddress.Loopback, Ports = default },
        Smtp = [Free],
        Submission = [Free],
        Submissions = [Free],
        Lmtp = [Free],
        Imap = [Free],
        Imaps = [Free],
        Http = [Free],
    };

    private static IPEndPoint Free => new(IPAddress.Loopback, 0);

    /// <summary>Starts it again after <see cref="StopAsync"/>, on the same folder.</summary>
    public async Task StartAgainAsync() => Host = await ServerHost.StartAsync(Options, _loggers, _time);

    /// <summary>Drains and stops it; the folder stays.</summary>
    public async Task StopAsync()
    {
        await Host.StopAsync();
        await Host.DisposeAsync();
    }

    /// <summary>Makes a person with a mailbox.</summary>
    /// <param name="name">The part before the @.</param>
    /// <param name="extension">The telephone extension, or null.</param>
    /// <param name="password">The password, or null.</param>
    public Task<Account> AddUserAsync(string name, string? extension = null, string? password = null) =>
        Host.Administration.AddUserAsync(new NewAccount($"{name}@{Domain}", name, extension, password));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Host is not null)
            await Host.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
