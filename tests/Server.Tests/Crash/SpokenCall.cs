using UnifiedMsg.Media.Audio;
using UnifiedMsg.Server.Phone;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Server.Tests.Crash;

/// <summary>A call in which somebody speaks, and what of it was said so far.</summary>
internal sealed class SpokenCall : IAsyncDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    // People draw breath after the tone. What is said is compared; what is sent before it is not.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(300);

    // One packet each 20 ms, and none but while we speak.
    private const double SecondsPerPacket = 0.02;

    private readonly PhoneCall _call;
    private readonly AudioClip _speech;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _speaking;
    private double _saidAtTheEnd = -1;

    private SpokenCall(PhoneCall call, AudioClip speech)
    {
        (_call, _speech) = (call, speech);
        _speaking = call.PlayAsync(AudioClip.Join(AudioClip.Silence(Breath, speech.SampleRate), speech), _stop.Token);
    }

    /// <summary>The Call-ID.</summary>
    public string CallId => _call.CallId;

    /// <summary>How much was said up to the end of the call, the drawing of breath not counted.</summary>
    public TimeSpan Said => TimeSpan.FromSeconds(Math.Clamp(_saidAtTheEnd - Breath.TotalSeconds, 0, _speech.Duration.TotalSeconds));

    /// <summary>What was said up to the end of the call.</summary>
    public AudioClip SaidAudio => new(_speech.Samples[..(int)(Said.TotalSeconds * _speech.SampleRate)], _speech.SampleRate);

    /// <summary>Calls, waits for the tone, and begins to speak.</summary>
    public static async Task<SpokenCall> BeginAsync(SoftPhone phone, SipUri target, AudioClip speech)
    {
        var call = await phone.CallAsync(target).WaitAsync(Guard);
        Assert.True(await call.WaitForToneAsync(Guard), "no tone came");
        return new SpokenCall(call, speech);
    }

    /// <summary>Hangs up; the token gives up waiting for the other side, which may be dead.</summary>
    public async Task HangUpAsync(CancellationToken dead)
    {
        await SilenceAsync();
        try
        {
            await _call.HangUpAsync(dead);
        }
        catch (OperationCanceledException) when (dead.IsCancellationRequested)
        {
        }
    }

    /// <summary>The other side was killed: nothing that is sent from now on counts, and nobody confirms a BYE.</summary>
    public Task CutOffAsync() => HangUpAsync(new CancellationToken(canceled: true));

    public async ValueTask DisposeAsync()
    {
        await CutOffAsync();
        await _call.DisposeAsync();
        _stop.Dispose();
    }

    private async Task SilenceAsync()
    {
        if (_saidAtTheEnd >= 0)
            return;
        _saidAtTheEnd = _call.Figures.PacketsSent * SecondsPerPacket;
        await _stop.CancelAsync();
        await _speaking.ContinueWith(_ => { }, TaskScheduler.Default);
    }
}
