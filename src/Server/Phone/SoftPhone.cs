using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Session;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Subscriptions;
using UnifiedMsg.Voicemail.Calls;

namespace UnifiedMsg.Server.Phone;

/// <summary>A SIP phone for the demo, for tests and for diagnosis: it calls, speaks, presses keys, listens, and has a lamp.</summary>
public sealed class SoftPhone : ISipApplication, IAsyncDisposable
{
    private readonly SipEndpoint _endpoint;
    private readonly MediaEngine _media;
    private readonly TimeProvider _time;
    private readonly IPAddress _address;
    private readonly CodecPreference? _codecs;
    private readonly Channel<MessageWaitingSummary> _lamp = Channel.CreateBounded<MessageWaitingSummary>(
        new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropOldest });

    private ISubscription? _subscription;
    private Task _showing = Task.CompletedTask;

    /// <summary>A phone that listens on any free port of an address.</summary>
    /// <param name="identity">What it calls itself in From.</param>
    /// <param name="address">The address.</param>
    /// <param name="transport">How it sends.</param>
    /// <param name="loggers">Logs.</param>
    /// <param name="time">The clock.</param>
    /// <param name="tls">Whom to believe over TLS; by default those whom this machine trusts.</param>
    /// <param name="codecs">What it speaks; by default what every installation does, G.711 first.</param>
    public SoftPhone(
        NameAddress identity, IPAddress address, SipTransportKind transport, ILoggerFactory loggers, TimeProvider time, SipTlsOptions? tls = null,
        CodecPreference? codecs = null)
    {
        _codecs = codecs;
        Identity = identity;
        _address = address;
        _time = time;
        var options = new SipOptions
        {
            Listen = [new SipListenPoint(transport, new IPEndPoint(address, 0))],
            ContactUser = identity.Uri.User ?? "phone",
            Software = "UnifiedMsg phone",
            Tls = tls ?? new SipTlsOptions(),
        };
        _endpoint = new SipEndpoint(options, this, loggers, time);
        _media = new MediaEngine(new MediaOptions { Address = address }, time, loggers.CreateLogger<MediaEngine>());
    }

    /// <summary>What it calls itself in From.</summary>
    public NameAddress Identity { get; }

    /// <summary>Whether its calls are protected by SRTP.</summary>
    public SrtpPolicy Srtp { get; init; } = SrtpPolicy.Off;

    /// <summary>What the lamp was told, in order; the oldest of more than 64 unread go first.</summary>
    public ChannelReader<MessageWaitingSummary> Lamp => _lamp.Reader;

    /// <summary>Where it listens.</summary>
    public SipListenPoint Bound => _endpoint.Bound[0];

    /// <summary>A phone that reaches a target, over the transport that the target names.</summary>
    /// <exception cref="CallRefusedException">There is no way to the target, or its name is nobody's.</exception>
    public static SoftPhone For(
        SipUri target, NameAddress? from, ILoggerFactory loggers, TimeProvider time, SipTlsOptions? tls = null, CodecPreference? codecs = null,
        SrtpPolicy srtp = SrtpPolicy.Off)
    {
        // Over TLS and WebSockets it is reached by the connection that it opens, and needs no certificate to listen with.
        var transport = target.Scheme == "sips" || target.Parameters["transport"]?.ToLowerInvariant() is not (null or "udp") ? SipTransportKind.Tcp : SipTransportKind.Udp;
        var address = LocalAddressTowards(target);
        return new SoftPhone(from ?? new NameAddress(SipUri.Create("phone", Host(address))), address, transport, loggers, time, tls, codecs) { Srtp = srtp };
    }

    /// <summary>Starts to listen.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => _endpoint.StartAsync(cancellationToken);

    /// <summary>Calls somebody.</summary>
    /// <param name="target">Whom.</param>
    /// <param name="headers">Further headers, such as Diversion.</param>
    /// <param name="cancellationToken">Gives up while it rings.</param>
    /// <exception cref="CallRefusedException">The call was not taken.</exception>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async Task<PhoneCall> CallAsync(SipUri target, IReadOnlyList<SipHeader>? headers = null, CancellationToken cancellationToken = default)
    {
        var audio = _media.OpenSession();
        try
        {
            var negotiation = new SessionNegotiation(audio, _address, _codecs, Srtp);
            var accepted = false;
            var order = new OutgoingCallRequest
            {
                Target = target,
                From = Identity,
                Offer = SipBody.Sdp(negotiation.Offer()),
                Headers = headers ?? [],
                OnAnswered = answered =>
                {
                    accepted = answered.RemoteSession is { } session && negotiation.Accept(session);
                    answered.OfferHandler = (offer, _) => ValueTask.FromResult(offer is null ? negotiation.Offer() : negotiation.Answer(offer));
                    answered.AnswerHandler = answer => negotiation.Accept(answer);
                },
            };
            var started = _time.GetTimestamp();
            var result = await _endpoint.CallAsync(order, cancellationToken);
            var took = _time.GetElapsedTime(started);
            if (result.Call is not { } call) throw Refused(result.Response);
            if (accepted) return new PhoneCall(call, audio, took);

            await call.HangUpAsync(CancellationToken.None);
            throw new CallRefusedException(488, $"the answer can't be used: {negotiation.Refusal}");
        }
        catch
        {
            await audio.DisposeAsync();
            throw;
        }
    }

    /// <summary>Subscribes to the lamp of a mailbox; what it shows comes through <see cref="Lamp"/>.</summary>
    /// <exception cref="CallRefusedException">The subscription was not taken.</exception>
    public async Task SubscribeLampAsync(SipUri mailbox, CancellationToken cancellationToken)
    {
        var order = new SubscriptionOrder { Target = mailbox, From = Identity, Package = MessageWaitingSummary.Package };
        var result = await _endpoint.SubscribeAsync(order, cancellationToken);
        _subscription = result.Subscription ?? throw Refused(result.Response);
        _showing = ShowNotificationsAsync(_subscription);
    }

    /// <inheritdoc/>
    public ValueTask<int> OnUnsolicitedNotifyAsync(SipRequest notify, CancellationToken cancellationToken) => new(ShowLamp(notify) ? 200 : 400);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_subscription is not null) await _subscription.DisposeAsync();
        await _showing;
        await _endpoint.DisposeAsync();
        await _media.DisposeAsync();
    }

    private async Task ShowNotificationsAsync(ISubscription subscription)
    {
        await foreach (var notify in subscription.Notifications.ReadAllAsync()) ShowLamp(notify);
    }

    private bool ShowLamp(SipRequest notify) =>
        notify.BodyText is { } body && MessageWaitingSummary.TryParse(body, out var summary) && _lamp.Writer.TryWrite(summary);

    private static CallRefusedException Refused(SipResponse response) => new(response.Status, response.Reason, response.IsLocal);

    // The connected socket tells which of our addresses reaches the target; no packet is sent.
    private static IPAddress LocalAddressTowards(SipUri target)
    {
        try
        {
            var remote = target.Address ?? Dns.GetHostAddresses(target.Host).FirstOrDefault() ?? IPAddress.Loopback;
            var any = remote.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
            return MediaAddress.Reaching(any, new IPEndPoint(remote, target.Port ?? 5060));
        }
        catch (SocketException error)
        {
            throw new CallRefusedException(503, $"{target.Host}: {error.Message}", unreachable: true);
        }
    }

    private static string Host(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
}
