using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Accounts;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Server.Demo;

/// <summary>The whole product on loopback, in a fresh folder, on free ports, with two people.</summary>
internal sealed class DemoServer : IAsyncDisposable
{
    public const string Alice = "alice@example.test";
    public const string Bob = "bob@example.test";

    private readonly ServerHost _host;
    private readonly bool _keepFolder;

    private DemoServer(ServerHost host, string folder, bool keepFolder, TimeSpan startedAfter)
    {
        _host = host;
        _keepFolder = keepFolder;
        Folder = folder;
        StartedAfter = startedAfter;
    }

    /// <summary>Where everything lies.</summary>
    public string Folder { get; }

    /// <summary>From nothing to listening.</summary>
    public TimeSpan StartedAfter { get; }

    /// <summary>Alice's password.</summary>
    public string AlicePassword { get; } = Password();

    /// <summary>Bob's password.</summary>
    public string BobPassword { get; } = Password();

    /// <summary>Where mail clients read.</summary>
    public IPEndPoint Imap => _host.EndPoints.Imap[0];

    /// <summary>Where mail clients send.</summary>
    public IPEndPoint Submission => _host.EndPoints.Submission[0];

    /// <summary>Where phones call.</summary>
    public IPEndPoint Sip => _host.EndPoints.Sip[0].EndPoint;

    /// <summary>Health and metrics.</summary>
    public IPEndPoint Http => _host.EndPoints.Http[0];

    /// <summary>Lays out the folder and starts.</summary>
    public static async Task<DemoServer> StartAsync(
        SpeechSection speech, bool keepFolder, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-demo-").FullName;
        var options = new ServerOptions { Hostname = "um.example.test", Domains = ["example.test"], Listen = AnyPorts(), Speech = speech };
        await InitialFolder.WriteAsync(folder, options, time, cancellationToken);
        var started = Stopwatch.GetTimestamp();
        var host = await ServerHost.StartAsync(
            options with
            {
                Data = Path.Combine(folder, "data"),
                Dialplans = Path.Combine(folder, "dialplans"),
                Tls = options.Tls with { Certificate = Path.Combine(folder, "cert.pem"), Key = Path.Combine(folder, "key.pem") },
            },
            loggers, time, cancellationToken);
        return new DemoServer(host, folder, keepFolder, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Makes Alice (1001) and Bob (1002).</summary>
    public async Task AddPeopleAsync(CancellationToken cancellationToken)
    {
        NewAccount[] people =
        [
            new(Alice, "Alice Archer", "1001", AlicePassword),
            new(Bob, "Bob Baker", "1002", BobPassword),
        ];
        foreach (var person in people)
        {
            var account = await _host.Data.Accounts.AddAsync(person, cancellationToken);
            await _host.Data.Store.ProvisionAsync(account.Id, cancellationToken);
        }
    }

    /// <summary>The URI at which a number is called.</summary>
    public SipUri Uri(string number) => SipUri.Create(number, Sip.Address.ToString(), Sip.Port);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        if (!_keepFolder) System.IO.Directory.Delete(Folder, recursive: true);
    }

    private static ListenSection AnyPorts()
    {
        IPEndPoint any = new(IPAddress.Loopback, 0);
        return new ListenSection
        {
            Sip = [new SipListen(SipCarrier.Udp, any), new SipListen(SipCarrier.Tcp, any)],
            Smtp = [any],
            Submission = [any],
            Submissions = [any],
            Imap = [any],
            Imaps = [any],
            Http = [any],
        };
    }

    private static string Password() => RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 12);
}
