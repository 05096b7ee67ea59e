using System.Net;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Guard;

/// <summary>What a request that begins something gets.</summary>
internal enum Admission
{
    Serve,
    Refuse,
    Drop,
}

/// <summary>What one source has used up of its rates.</summary>
internal sealed class SourceState(GuardOptions options, IPAddress key, TimeProvider time)
{
    /// <summary>Stands for every source that nothing is held against.</summary>
    public static SourceState Exempt { get; } = new(new GuardOptions(), IPAddress.None, TimeProvider.System);

    private readonly Lock _sync = new();
    private TokenBucket _invites = new(options.Invites, time.GetTimestamp());
    private TokenBucket _registrations = new(options.Registrations, time.GetTimestamp());
    private TokenBucket _others = new(options.Others, time.GetTimestamp());
    private TokenBucket _refusals = new(options.Refusals, time.GetTimestamp());
    private long _silentUntil;

    public IPAddress Key { get; } = key;

    /// <summary>Forgotten since: whoever holds it asks for the new one.</summary>
    public bool IsGone { get; set; }

    /// <summary>Whether so many requests were over the rate that new ones are not even read.</summary>
    public bool IsSilenced => time.GetTimestamp() < Volatile.Read(ref _silentUntil);

    public Admission Ask(string method)
    {
        lock (_sync)
        {
            var now = time.GetTimestamp();
            ref var bucket = ref _others;
            if (method == SipMethods.Invite)
                bucket = ref _invites;
            else if (method == SipMethods.Register)
                bucket = ref _registrations;
            return bucket.TryTake(now, time.TimestampFrequency) ? Admission.Serve : Refuse(now);
        }
    }

    /// <summary>Whether a malformed message is answered.</summary>
    public Admission AskToBeRefused()
    {
        lock (_sync)
            return Refuse(time.GetTimestamp());
    }

    private Admission Refuse(long now)
    {
        if (_refusals.TryTake(now, time.TimestampFrequency))
            return Admission.Refuse;
        // Until there is the next refusal to give.
        Volatile.Write(ref _silentUntil, now + (long)(time.TimestampFrequency / Math.Max(options.Refusals.PerSecond, 1)));
        return Admission.Drop;
    }
}
