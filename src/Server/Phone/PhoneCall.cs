using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Session;
using UnifiedMsg.Sip.Calls;

namespace UnifiedMsg.Server.Phone;

/// <summary>A call that the phone placed and the other side answered.</summary>
public sealed class PhoneCall : IAsyncDisposable
{
    private static readonly TimeSpan PauseAfterTone = TimeSpan.FromMilliseconds(100);

    private readonly IOutgoingCall _call;
    private readonly AudioSession _audio;
    private readonly HeardAudio _heard;
    private readonly ActiveRecording _recording;

    internal PhoneCall(IOutgoingCall call, AudioSession audio, TimeSpan answeredAfter)
    {
        _call = call;
        _audio = audio;
        AnsweredAfter = answeredAfter;
        _heard = new HeardAudio(audio.RecordingRate);
        _recording = audio.StartRecording(_heard);
    }

    /// <summary>The Call-ID.</summary>
    public string CallId => _call.CallId;

    /// <summary>From INVITE to 200.</summary>
    public TimeSpan AnsweredAfter { get; }

    /// <summary>The name of the codec agreed on.</summary>
    public string Codec => _audio.Audio!.Codec.ToString();

    /// <summary>The suite of SRTP that protects it, or null.</summary>
    public string? Srtp => _audio.Audio!.Keys?.Suite.Name;

    /// <summary>Cancelled when the call is over.</summary>
    public CancellationToken Ended => _call.Ended;

    /// <summary>Why the call is over, or null.</summary>
    public CallEndReason? EndReason => _call.EndReason;

    /// <summary>What was heard so far.</summary>
    public AudioClip Heard => _heard.ToClip();

    /// <summary>Packets, loss, jitter.</summary>
    public MediaFigures Figures => _audio.Figures;

    /// <summary>Waits until the tone after which to speak has sounded.</summary>
    /// <returns>False when none came in time.</returns>
    /// <exception cref="OperationCanceledException">The call ended, or the token fired.</exception>
    public async Task<bool> WaitForToneAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_call.Ended, cancellationToken);
        try
        {
            await _heard.ToneSounding.WaitAsync(timeout, either.Token);
        }
        catch (TimeoutException)
        {
            return false;
        }

        // Who listens may send nothing at all after the tone, so a pause in the packets ends it as well as silence does.
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!_heard.ToneEnded.IsCompleted && _audio.SinceLastPacket < PauseAfterTone) await tick.WaitForNextTickAsync(either.Token);
        return true;
    }

    /// <summary>Speaks a clip to its end.</summary>
    /// <exception cref="OperationCanceledException">The call ended, or the token fired.</exception>
    public async Task PlayAsync(AudioClip clip, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_call.Ended, cancellationToken);
        await _audio.PlayAsync(clip, either.Token);
    }

    /// <summary>Presses keys, one after the other.</summary>
    /// <exception cref="OperationCanceledException">The call ended, or the token fired.</exception>
    public async Task PressAsync(string keys, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_call.Ended, cancellationToken);
        await _audio.PressAsync(keys, either.Token);
    }

    /// <summary>Waits until the other side hangs up.</summary>
    /// <returns>False when it did not in time.</returns>
    public async Task<bool> WaitForEndAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_call.Ended, cancellationToken);
        try
        {
            await Task.Delay(timeout, either.Token);
            return false;
        }
        catch (OperationCanceledException) when (_call.Ended.IsCancellationRequested)
        {
            return true;
        }
    }

    /// <summary>Hangs up; done when the other side has confirmed.</summary>
    public Task HangUpAsync(CancellationToken cancellationToken = default) => _call.HangUpAsync(cancellationToken);

    /// <summary>Hangs up if that was not done, and closes the audio.</summary>
    public async ValueTask DisposeAsync()
    {
        await _call.HangUpAsync();
        _recording.Dispose();
        await _audio.DisposeAsync();
    }
}

/// <summary>The other side did not take the call.</summary>
/// <param name="status">The SIP status; 408 when nobody answered at all.</param>
/// <param name="reason">The reason phrase.</param>
/// <param name="unreachable">Whether nobody answered and the status is one of our own making.</param>
public sealed class CallRefusedException(int status, string reason, bool unreachable = false) : Exception($"the call was refused: {status} {reason}")
{
    /// <summary>Whether nobody answered and the status is one of our own making.</summary>
    public bool Unreachable { get; } = unreachable;

    /// <summary>The SIP status.</summary>
    public int Status { get; } = status;

    /// <summary>The reason phrase.</summary>
    public string Reason { get; } = reason;
}
