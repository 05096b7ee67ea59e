using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Session;
using UnifiedMsg.Sip.Calls;

namespace UnifiedMsg.Voicemail.Calls;

/// <summary>
/// A call as a flow sees it: signalling and audio joined. What the caller hears is awaited line by line; when the caller hangs up, the
/// line under way throws <see cref="OperationCanceledException"/>, except a recording, which ends.
/// </summary>
internal sealed class VoiceCall : IAsyncDisposable
{
    private readonly IIncomingCall _call;
    private readonly AudioSession _audio;
    private readonly SessionNegotiation _negotiation;
    private readonly string _session;
    private readonly TimeSpan _longestHold;
    private readonly TimeProvider _time;

    /// <summary>Joins the two.</summary>
    /// <param name="call">The signalling.</param>
    /// <param name="audio">The audio, which is closed with this.</param>
    /// <param name="negotiation">What the two agreed on.</param>
    /// <param name="session">Our description, for the answer.</param>
    /// <param name="longestHold">How long a sound waits at most for a caller who does not take audio.</param>
    /// <param name="time">The clock.</param>
    public VoiceCall(
        IIncomingCall call, AudioSession audio, SessionNegotiation negotiation, string session, TimeSpan longestHold, TimeProvider time)
    {
        _call = call;
        _audio = audio;
        _negotiation = negotiation;
        _session = session;
        (_longestHold, _time) = (longestHold, time);
        call.OfferHandler = (offer, _) => ValueTask.FromResult(offer is null ? negotiation.Offer() : negotiation.Answer(offer));
        call.AnswerHandler = answer => negotiation.Accept(answer);
        _ = ForwardKeysAsync();
    }

    /// <summary>The call's name in logs.</summary>
    public string Id => _call.Id;

    /// <summary>Cancelled when the call is over.</summary>
    public CancellationToken Ended => _call.Ended;

    /// <summary>Lets it ring for a time.</summary>
    public async Task RingAsync(TimeSpan time)
    {
        if (time <= TimeSpan.Zero) return;
        await _call.RingAsync(cancellationToken: Ended);
        await Task.Delay(time, Ended);
    }

    /// <summary>Answers; done when audio can flow.</summary>
    public async Task AnswerAsync()
    {
        if (!await _call.AnswerAsync(_session, Ended)) throw new OperationCanceledException("the call was over before its answer", Ended);
        if (_call.Offer is not null) return;
        var answer = await _call.Acknowledged.WaitAsync(Ended);
        if (answer is not null && _negotiation.Accept(answer)) return;
        await _call.HangUpAsync();
        throw new OperationCanceledException("the answer to our offer can't be used", Ended);
    }

    /// <summary>Plays a clip; one of <paramref name="skipKeys"/> ends it early and is returned. While the caller holds the call the clip
    /// waits, though not for ever: then we hang up.</summary>
    public async Task<char?> PlayAsync(AudioClip clip, string skipKeys = "")
    {
        using var patience = new CancellationTokenSource(clip.Duration + _longestHold, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, Ended);
        try
        {
            if (skipKeys.Length > 0) return await _audio.PlayUntilKeyAsync(clip, skipKeys, either.Token);
            await _audio.PlayAsync(clip, either.Token);
            return null;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !Ended.IsCancellationRequested)
        {
            await _call.HangUpAsync();
            throw;
        }
    }

    /// <summary>Records until a limit or the end of the call.</summary>
    public async Task<RecordingOutcome> RecordAsync(IPcmSink sink, RecordingLimits limits) => await _audio.RecordAsync(sink, limits, Ended);

    /// <summary>Samples per second of what is recorded.</summary>
    public int SampleRate => _audio.RecordingRate;

    /// <summary>Hangs up.</summary>
    public Task HangUpAsync() => _call.HangUpAsync();

    public ValueTask DisposeAsync() => _audio.DisposeAsync();

    // Some phone systems send keys in the signalling. The channel ends with the call, and the audio takes keys even after its end.
    private async Task ForwardKeysAsync()
    {
        await foreach (var key in _call.Keys.ReadAllAsync(CancellationToken.None)) _audio.TakeKey(key.Key);
    }
}
