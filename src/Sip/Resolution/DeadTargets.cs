using System.Collections.Concurrent;

namespace UnifiedMsg.Sip.Resolution;

/// <summary>Targets that did not answer or sent us away: for a while others are tried before them (RFC 3263 §4.3).</summary>
internal sealed class DeadTargets(TimeProvider time)
{
    /// <summary>Long enough to spare the next calls the wait, short enough that a restarted phone system is used again soon.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(30);

    /// <summary>The longest time for which a Retry-After keeps us away: what it says may be a mistake.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>Targets that are remembered; beyond it the memory starts anew.</summary>
    private const int MaxRemembered = 1024;

    private readonly ConcurrentDictionary<SipTarget, long> _until = new();

    public void Add(SipTarget target, TimeSpan? asked = null)
    {
        if (_until.Count >= MaxRemembered)
            _until.Clear();
        var wait = asked is not { } wanted ? Usual : wanted < Longest ? wanted : Longest;
        _until[target] = time.After(wait);
    }

    public bool Contains(SipTarget target)
    {
        if (!_until.TryGetValue(target, out var until))
            return false;
        if (time.GetTimestamp() < until)
            return true;
        _until.TryRemove(KeyValuePair.Create(target, until));
        return false;
    }

    /// <summary>The living ones first, otherwise in the same order.</summary>
    public IReadOnlyList<SipTarget> Sort(IReadOnlyList<SipTarget> targets) =>
        targets.Count < 2 || _until.IsEmpty ? targets : [.. targets.OrderBy(Contains)];
}
