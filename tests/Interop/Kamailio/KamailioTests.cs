using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Interop.Baresip;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registration;
using UnifiedMsg.Sip.Subscriptions;

namespace UnifiedMsg.Interop.Kamailio;

/// <summary>
/// Kamailio in front, and baresip that calls through it: Alice's phone registers with it, and so do we. Nobody answers her phone, so that
/// the call comes to us with the word of whom it was for, and the notice of her lamp goes back through it.
/// </summary>
[Requires("kamailio", package: "kamailio")]
[Requires("baresip", package: "baresip-core")]
public sealed class KamailioTests : ISipApplication
{
    private const string Diversion = "Diversion: <$ou>;reason=no-answer";
    private const string History = "History-Info: <sip:1001@kamailio.test?Reason=SIP%3Bcause%3D408>;index=1, <sip:voicemail@kamailio.test>;index=1.1;mp=1";

    private const string Plan = """
        lamp: ["sip:{extension}@127.0.0.1:PORT"]
        steps:
          - name: A diverted call reaches the mailbox of the one who did not answer
            diverted: no-answer
            by: "{extension}"
            mailbox: "{extension}"
            greeting: hello.wav
        """;

    private readonly Channel<MessageWaitingSummary> _lamp = Channel.CreateUnbounded<MessageWaitingSummary>();

    /// <summary>Alice's phone rings and rings.</summary>
    async Task ISipApplication.OnCallAsync(IIncomingCall call, CancellationToken stopping)
    {
        await call.RingAsync(cancellationToken: stopping);
        await Task.Delay(Timeout.Infinite, call.Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Alice's phone shows its lamp.</summary>
    ValueTask<int> ISipApplication.OnUnsolicitedNotifyAsync(SipRequest notify, CancellationToken cancellationToken)
    {
        if (MessageWaitingSummary.TryParse(notify.BodyText ?? "", out var summary))
            _lamp.Writer.TryWrite(summary);
        return new(200);
    }

    [Theory]
    [InlineData("SHA-256", Diversion)]
    [InlineData("MD5", History)]
    [InlineData("SHA-256", $"{Diversion}\\r\\n{History}")]
    public async Task A_call_that_nobody_answers_is_diverted_to_us(string algorithm, string diversion)
    {
        var port = FreePort.Next();
        var folder = Directory.CreateTempSubdirectory("um-kamailio");
        var passwordFile = Path.Combine(folder.FullName, "password");
        await File.WriteAllTextAsync(passwordFile, KamailioProxy.Password);
        try
        {
            await using var kamailio = KamailioProxy.Start(folder.FullName, port, algorithm, diversion);
            var trunk = new RegistrationSection { Name = "kamailio", Address = $"sip:voicemail@{KamailioProxy.Realm}", Servers = [kamailio.Uri()], PasswordFile = passwordFile };
            await using var installation = await Installation.StartAsync(
                Plan.Replace("PORT", $"{port}"), sip: new SipSection { Registrations = [trunk], Gateways = [kamailio.Uri()] });
            await using var phone = await RegisterAsync(kamailio);
            await MustBeUpAsync(installation, kamailio);
            await LeaveMessageAsync(installation, kamailio);
            MessageWaitingSummary summary;
            do
                summary = await _lamp.Reader.ReadAsync().AsTask().WaitAsync(Installation.Guard);
            while (!summary.Waiting);
            Assert.Equal((1, 0), (summary.New, summary.Old));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<SipEndpoint> RegisterAsync(KamailioProxy kamailio)
    {
        var phone = new SipEndpoint(
            new SipOptions { Listen = [new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, 0))] }, this, NullLoggerFactory.Instance);
        await phone.StartAsync(default);
        var registered = new TaskCompletionSource<RegistrationStatus>();
        phone.Register(new RegistrationOrder
        {
            Name = "Alice's phone",
            AddressOfRecord = SipUri.Parse($"sip:1001@{KamailioProxy.Realm}"),
            Servers = [kamailio.Uri()],
            Credentials = new SipCredentials("1001", KamailioProxy.Password, KamailioProxy.Realm),
            OnChange = status => registered.TrySetResult(status),
        });
        var status = await registered.Task.WaitAsync(Installation.Guard);
        Assert.True(status.State == RegistrationState.Registered, $"{status.Reason}\n{kamailio.Output}");
        return phone;
    }

    // Kamailio has nobody of no name: it says 404 to OPTIONS, and so it lives.
    private static async Task MustBeUpAsync(Installation installation, KamailioProxy kamailio)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://{installation.EndPoints.Http[0]}") };
        using var guard = new CancellationTokenSource(Installation.Guard);
        string figures;
        do
            figures = await http.GetStringAsync("/metrics", guard.Token);
        while (!figures.Contains("registration_up{registration=\"kamailio\"} 1", StringComparison.Ordinal)
            || !figures.Contains($"gateway_up{{gateway=\"{kamailio.Uri()}\"}} 1", StringComparison.Ordinal));
    }

    private static async Task LeaveMessageAsync(Installation installation, KamailioProxy kamailio)
    {
        var speech = await Fixtures.ReadAsync("message-short.wav");
        var says = Fixtures.Between(Installation.BeforeSpeaking, speech, TimeSpan.FromSeconds(1));
        await using var caller = await BaresipPhone.StartAsync(installation.Folder, "PCMU", says);
        await caller.CallAsync(kamailio.Uri("1001").ToString());
        await caller.EndOfCallAsync();
        (await installation.OnlyMessageAsync()).MustBeVoiceMail(speech.Through(AudioCodec.Pcmu), BaresipPhone.Caller);
    }
}
