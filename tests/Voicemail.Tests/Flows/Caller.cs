using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Session;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Voicemail.Calls;

namespace UnifiedMsg.Voicemail.Tests.Flows;

/// <summary>A phone whose signalling and audio the test has in its hands.</summary>
internal sealed class Caller : ISipApplication, IAsyncDisposable
{
    private readonly SipEndpoint _endpoint;
    private readonly MediaEngine _media = new(new MediaOptions { Address = IPAddress.Loopback }, TimeProvider.System, NullLogger<MediaEngine>.Instance);
    private readonly ToneDetector _tone = new(8000);

    private Caller()
    {
        var options = new SipOptions { Listen = [new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, 0))] };
        _endpoint = new SipEndpoint(options, this, NullLoggerFactory.Instance);
        Audio = _media.OpenSession();
        Negotiation = new SessionNegotiation(Audio, IPAddress.Loopback);
    }

    public AudioSession Audio { get; }

    public SessionNegotiation Negotiation { get; }

    public IOutgoingCall Call { get; private set; } = null!;

    /// <summary>Completes when the tone sounds.</summary>
    public Task Tone => _tone.Sounding.WaitAsync(VoicemailRig.Guard);

    /// <summary>Completes when the tone is over and the recording has begun: nothing is sent to the caller then.</summary>
    public async Task RecordingAsync()
    {
        await Tone;
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Audio.SinceLastPacket < TimeSpan.FromMilliseconds(100)) await tick.WaitForNextTickAsync();
    }

    /// <summary>A phone that is ready to call.</summary>
    public static async Task<Caller> ReadyAsync()
    {
        var caller = new Caller();
        await caller._endpoint.StartAsync(CancellationToken.None);
        return caller;
    }

    /// <summary>A phone whose call was answered.</summary>
    /// <param name="rig">Whom it calls.</param>
    /// <param name="late">Whether the other side is to offer.</param>
    /// <param name="direction">The direction that its offer gives.</param>
    public static async Task<Caller> ConnectAsync(VoicemailRig rig, bool late = false, string? direction = null)
    {
        var caller = await ReadyAsync();
        var result = await caller.DialAsync(rig, late, direction, CancellationToken.None);
        caller.Call = result.Call!;
        Assert.Equal(200, result.Response.Status);
        if (!late) Assert.True(caller.Negotiation.Accept(caller.Call.RemoteSession!));
        caller.Audio.StartRecording(caller._tone);
        return caller;
    }

    /// <summary>A phone that has heard the tone and spoken.</summary>
    public static async Task<Caller> SpokenAsync(VoicemailRig rig, bool late = false)
    {
        var caller = await ConnectAsync(rig, late);
        await caller.RecordingAsync();
        await caller.SpeakAsync();
        return caller;
    }

    /// <summary>Dials.</summary>
    public Task<OutgoingCallResult> DialAsync(VoicemailRig rig, bool late, string? direction, CancellationToken cancellationToken) =>
        _endpoint.CallAsync(
            new OutgoingCallRequest
            {
                Target = rig.Uri,
                From = NameAddress.Parse("\"Bob\" <sip:2000@example.test>"),
                Offer = late ? null : SipBody.Sdp(Offer(direction)),
                LateOffer = late ? (offer, _) => ValueTask.FromResult(Negotiation.Answer(offer!)) : null,
            },
            cancellationToken);

    /// <summary>Dials with an offer of the test's own.</summary>
    public Task<OutgoingCallResult> DialAsync(VoicemailRig rig, string offer) => _endpoint.CallAsync(
        new OutgoingCallRequest { Target = rig.Uri, From = NameAddress.Parse("<sip:2000@example.test>"), Offer = SipBody.Sdp(offer) },
        CancellationToken.None);

    /// <summary>Offers the audio anew, in another direction.</summary>
    public async Task ReInviteAsync(string direction)
    {
        var response = await Call.ReInviteAsync(SipBody.Sdp(Offer(direction)));
        Assert.Equal(200, response.Status);
        Assert.True(Negotiation.Accept(Call.RemoteSession!));
    }

    public Task SpeakAsync(AudioClip? words = null) => Audio.PlayAsync(words ?? VoicemailRig.Words, CancellationToken.None);

    /// <summary>Presses a key in the signalling.</summary>
    public async Task PressByInfoAsync(char key) =>
        Assert.Equal(200, (await Call.SendAsync("INFO", new SipBody("application/dtmf-relay", $"Signal={key}\r\nDuration=160\r\n"))).Status);

    /// <summary>Waits until the other side hangs up.</summary>
    public async Task EndAsync()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = Call.Ended.Register(() => ended.TrySetResult());
        await ended.Task.WaitAsync(VoicemailRig.Guard);
    }

    public async ValueTask DisposeAsync()
    {
        if (Call is not null) await Call.HangUpAsync();
        await _endpoint.DisposeAsync();
        await Audio.DisposeAsync();
        await _media.DisposeAsync();
    }

    private string Offer(string? direction)
    {
        var offer = Negotiation.Offer();
        return direction is null ? offer : offer.Replace("a=sendrecv", $"a={direction}", StringComparison.Ordinal);
    }
}
