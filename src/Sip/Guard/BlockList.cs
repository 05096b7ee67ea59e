using System.Net;

namespace UnifiedMsg.Sip.Guard;

/// <summary>
/// Offences of each source, and who is shut out for them. Apart from the rates, which forged addresses can push out: here only what is
/// proven comes in.
/// </summary>
internal sealed class BlockList(GuardOptions options, TimeProvider time)
{
    private readonly Dictionary<IPAddress, Offender> _offenders = [];
    private readonly LinkedList<Offender> _oldest = new();
    private readonly Lock _sync = new();
    private volatile bool _any;

    /// <summary>Whether that source is shut out now.</summary>
    public bool Contains(IPAddress key)
    {
        if (!_any)
            return false;
        lock (_sync)
            return _offenders.TryGetValue(key, out var offender) && time.GetUtcNow() < offender.Until;
    }

    /// <summary>Who is shut out now, the end that is nearest first.</summary>
    public IReadOnlyList<BlockedSource> List()
    {
        lock (_sync)
        {
            var now = time.GetUtcNow();
            return [.. _offenders.Values.Where(o => now < o.Until).OrderBy(o => o.Until).Select(o => new BlockedSource(o.Key, o.BlockedFor, o.Until))];
        }
    }

    /// <summary>Takes note; how long the source is shut out from now on, or null when it is not because of this.</summary>
    public TimeSpan? Report(IPAddress key, SipOffence offence, string? about)
    {
        lock (_sync)
        {
            var now = time.GetUtcNow();
            var offender = Find(key);
            Forgive(offender, now);
            if (now < offender.Until || offender.Count(offence, about, now, options.OffenceWindow) <= Limit(offence))
                return null;
            var length = offender.LastBlock == TimeSpan.Zero ? options.Block : 2 * offender.LastBlock;
            offender.LastBlock = length < options.MaxBlock ? length : options.MaxBlock;
            offender.Until = now + offender.LastBlock;
            offender.BlockedFor = offence;
            offender.Clear();
            _any = true;
            return offender.LastBlock;
        }
    }

    /// <summary>An accepted call: numbers that were wrong before it were mistakes.</summary>
    public void Accepted(IPAddress key)
    {
        lock (_sync)
        {
            if (_offenders.TryGetValue(key, out var offender))
                offender.Forget(SipOffence.UnknownNumber);
        }
    }

    private int Limit(SipOffence offence) => offence switch
    {
        SipOffence.FailedLogin => options.MaxFailedLogins,
        SipOffence.UnknownNumber => options.MaxUnknownNumbers,
        SipOffence.Malformed => options.MaxMalformed,
        _ => 0,
    };

    private void Forgive(Offender offender, DateTimeOffset now)
    {
        if (offender.LastBlock > TimeSpan.Zero && now - offender.Until > options.MaxBlock)
            offender.LastBlock = TimeSpan.Zero;
    }

    private Offender Find(IPAddress key)
    {
        if (_offenders.TryGetValue(key, out var known))
            return known;
        if (_offenders.Count >= options.MaxBlocks)
        {
            _offenders.Remove(_oldest.First!.Value.Key);
            _oldest.RemoveFirst();
        }
        var offender = new Offender(key);
        _offenders[key] = offender;
        _oldest.AddLast(offender);
        return offender;
    }

    private sealed class Offender(IPAddress key)
    {
        private readonly Dictionary<SipOffence, (DateTimeOffset Since, HashSet<int> Things, int Times)> _offences = [];

        public IPAddress Key { get; } = key;

        public DateTimeOffset Until { get; set; }

        public SipOffence BlockedFor { get; set; }

        public TimeSpan LastBlock { get; set; }

        /// <summary>How many there were in the window that began with the first one; the same thing again counts once.</summary>
        public int Count(SipOffence offence, string? about, DateTimeOffset now, TimeSpan window)
        {
            if (!_offences.TryGetValue(offence, out var seen) || now - seen.Since > window)
                seen = (now, [], 0);
            if (about is null || seen.Things.Add(about.GetHashCode(StringComparison.Ordinal)))
                seen.Times++;
            _offences[offence] = seen;
            return seen.Times;
        }

        public void Forget(SipOffence offence) => _offences.Remove(offence);

        public void Clear() => _offences.Clear();
    }
}
