using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Session;

/// <summary>A key to be sent, and who waits for it.</summary>
internal sealed class KeyPress(byte code)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public byte Event => code;
    public Task Done => _done.Task;
    public void Complete() => _done.TrySetResult();
    public void Cancel() => _done.TrySetCanceled();
}

/// <summary>
/// The packets of one key (RFC 4733 §2.5.1): one each 20 ms with growing duration for 100 ms, the last of them three times with the end
/// bit, then silence until the next key may follow.
/// </summary>
internal sealed class KeySender(KeyPress press, uint timestamp)
{
    private const int Updates = 5;
    private const int Ends = 3;
    private const int Pause = 3;

    // -10 dBm0, a usual level of the tones that gateways make of it.
    private const byte Volume = 10;

    private int _tick;

    public KeyPress Press => press;
    public uint Timestamp => timestamp;
    public bool IsFirst => _tick == 0;

    // The packet of this tick; null in the pause.
    public TelephoneEvent? Next(ushort step) => _tick switch
    {
        < Updates => new TelephoneEvent(press.Event, false, Volume, (ushort)(step * (_tick + 1))),
        < Updates + Ends => new TelephoneEvent(press.Event, true, Volume, (ushort)(step * Updates)),
        _ => null,
    };

    // True when the key is over.
    public bool Advance() => ++_tick >= Updates + Ends + Pause;
}
