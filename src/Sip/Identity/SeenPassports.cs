namespace UnifiedMsg.Sip.Identity;

/// <summary>Remembers signatures for as long as they would be taken for fresh (RFC 8224 §12.1).</summary>
internal sealed class SeenPassports(TimeSpan freshness, TimeProvider time)
{
    /// <summary>At 1,000 signed calls a second for a minute; beyond it the oldest are forgotten first.</summary>
    private const int MaxEntries = 60_000;

    private readonly Lock _sync = new();
    private readonly Dictionary<string, string> _calls = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, DateTimeOffset Until)> _order = new();

    /// <summary>Whether the signature came before, with another Call-ID.</summary>
    public bool IsReplay(Passport passport, string callId)
    {
        // Half the signature names it: the other half can be changed by anybody so that it still verifies.
        var key = passport.Signed + Convert.ToHexString(passport.Signature.AsSpan(0, passport.Signature.Length / 2));
        var now = time.GetUtcNow();
        lock (_sync)
        {
            while (_order.TryPeek(out var oldest) && (oldest.Until < now || _order.Count > MaxEntries))
                _calls.Remove(_order.Dequeue().Key);
            if (_calls.TryGetValue(key, out var first))
                return first != callId;
            _calls[key] = callId;
            // It may be signed as far in the future as in the past.
            _order.Enqueue((key, now + (2 * freshness)));
            return false;
        }
    }
}
