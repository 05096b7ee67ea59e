using System.Net;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Server.Administration;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Interop;

/// <summary>
/// The whole product with two people, alice (1001) and bob (1002), and a folder for the program that meets it. Callers hear a greeting of
/// 0.4 s, so that a test is not mostly the waiting for its end.
/// </summary>
internal sealed class Installation : IAsyncDisposable
{
    /// <summary>The password of both.</summary>
    public const string Password = "correct horse";

    /// <summary>The dial plan of most tests: an extension is its mailbox.</summary>
    public const string Plan = """
        steps:
          - name: An extension is its mailbox
            to: "{extension}"
            mailbox: "{extension}"
            greeting: hello.wav
        """;

    /// <summary>What no step of a test may take longer than.</summary>
    public static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    /// <summary>From the answer until a caller may speak: greeting and tone, and time to spare for a busy machine.</summary>
    public static readonly TimeSpan BeforeSpeaking = TimeSpan.FromSeconds(4);

    /// <summary>What a program that speaks may be late: it hangs up so long after it should be done.</summary>
    public static readonly TimeSpan AfterSpeaking = TimeSpan.FromSeconds(1.5);

    // On a busy machine the tests are behind, and nobody is to be refused for it.
    private static readonly TimeSpan NeverBehind = TimeSpan.FromSeconds(30);

    private readonly TestServer _server;

    private Installation(TestServer server) => _server = server;

    /// <summary>The folder of the program that meets the server.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("um-interop").FullName;

    /// <summary>The server.</summary>
    public Server.Hosting.ServerHost Server => _server.Host;

    /// <summary>The server's certificate.</summary>
    public string Certificate => _server.Options.Tls.Certificate;

    /// <summary>Its private key.</summary>
    public string Key => _server.Options.Tls.Key;

    /// <summary>The data folder.</summary>
    public string Data => _server.Options.Data;

    /// <summary>Where it listens.</summary>
    public Server.Hosting.BoundEndPoints EndPoints => _server.Host.EndPoints;

    /// <summary>Starts one.</summary>
    /// <param name="plan">The dial plan.</param>
    /// <param name="speech">The speech engine.</param>
    /// <param name="sip">How calls are taken.</param>
    /// <param name="change">Changes the options before the start.</param>
    public static async Task<Installation> StartAsync(
        string plan = Plan, SpeechSection? speech = null, SipSection? sip = null, Func<ServerOptions, ServerOptions>? change = null)
    {
        var server = await TestServer.StartAsync(options =>
        {
            File.WriteAllText(Path.Combine(options.Dialplans, "default.yaml"), plan);
            File.WriteAllBytes(Path.Combine(options.Dialplans, "hello.wav"), WavFile.Write(Tones.Tone(0.4, 0.3, 440)));
            options = options with
            {
                Speech = speech ?? options.Speech,
                Sip = Patient(sip ?? options.Sip),
                Listen = options.Listen with { Sip = EveryCarrier },
            };
            return change is null ? options : change(options);
        });
        await server.AddUserAsync("alice", "1001", Password);
        await server.AddUserAsync("bob", "1002", Password);
        return new Installation(server);
    }

    private static SipSection Patient(SipSection sip) =>
        sip.Guard.QueueDelay == new SipGuardSection().QueueDelay ? sip with { Guard = sip.Guard with { QueueDelay = NeverBehind } } : sip;

    private static IReadOnlyList<SipListen> EveryCarrier =>
        [.. Enum.GetValues<SipCarrier>().Select(carrier => new SipListen(carrier, new IPEndPoint(IPAddress.Loopback, 0)))];

    /// <summary>The SIP port of a transport.</summary>
    public int SipPort(SipCarrier carrier) => EndPoints.Sip.First(each => each.Carrier == carrier).EndPoint.Port;

    /// <summary>A mail client of ours, logged in.</summary>
    public async Task<ImapClient> LogInAsync(string name = "alice")
    {
        var client = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync("127.0.0.1", EndPoints.Imaps[0].Port, SecureSocketOptions.SslOnConnect);
        await client.AuthenticateAsync($"{name}@{TestServer.Domain}", Password);
        return client;
    }

    /// <summary>The only message in alice's inbox, as soon as it is there.</summary>
    public async Task<CallMessage> OnlyMessageAsync() => (await MessagesAsync(1))[0];

    /// <summary>All the messages in alice's inbox, as soon as there are so many; more are a failure.</summary>
    public async Task<IReadOnlyList<CallMessage>> MessagesAsync(int count)
    {
        using var client = await LogInAsync();
        var inbox = client.Inbox!;
        await inbox.OpenAsync(FolderAccess.ReadOnly);
        using var guard = new CancellationTokenSource(Guard);
        while (inbox.Count < count)
        {
            using var arrived = new CancellationTokenSource();
            void Wake(object? sender, EventArgs e) => arrived.Cancel();
            inbox.CountChanged += Wake;
            await client.IdleAsync(arrived.Token, guard.Token);
            inbox.CountChanged -= Wake;
        }
        Assert.True(inbox.Count == count, $"{count} were expected, and there are {inbox.Count}");
        var messages = new List<CallMessage>();
        for (var index = 0; index < count; index++)
            messages.Add(new CallMessage(await inbox.GetMessageAsync(index)));
        return messages;
    }

    /// <summary>The phones that have registered as alice, as soon as a program that runs has registered so many.</summary>
    public async Task<IReadOnlyList<RegisteredPhone>> RegisteredAsync(int count, ExternalProgram by)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (true)
        {
            var phones = await Server.Administration.ListPhonesAsync("alice@example.test", guard.Token);
            if (phones.Count == count)
                return phones;
            Assert.False(by.Ended, by.Output);
            await Task.Delay(20, guard.Token);
        }
    }

    /// <summary>Skips a test where libopus is missing, and says what to install; fails with CI=true.</summary>
    public static void MustHaveOpus()
    {
        const string Advice = "libopus.so.0 is not here; install it: apt-get install libopus0";
        Assert.False(AudioCodec.Opus is null && Environment.GetEnvironmentVariable("CI") == "true", Advice);
        Assert.SkipWhen(AudioCodec.Opus is null, Advice);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
