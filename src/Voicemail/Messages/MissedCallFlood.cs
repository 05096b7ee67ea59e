using UnifiedMsg.Voicemail.Spool;

namespace UnifiedMsg.Voicemail.Messages;

/// <summary>Keeps whoever calls and gives up a thousand times from filling a mailbox with notices.</summary>
/// <param name="burst">Missed calls of one caller that each get a notice, however fast they come.</param>
/// <param name="pause">After those, one gets a notice in this time; a caller who rests gets his burst back at the same pace.</param>
/// <param name="time">The clock.</param>
internal sealed class MissedCallFlood(int burst, TimeSpan pause, TimeProvider time)
{
    /// <summary>Pairs of caller and mailbox that are remembered; beyond it the memory starts anew, and costs some notices too many.</summary>
    private const int MaxRemembered = 10_000;

    private readonly Dictionary<(string Mailbox, string Caller), DateTimeOffset> _paidUntil = [];

    /// <summary>Whether a notice is due.</summary>
    public bool TellsOf(SpooledCall call)
    {
        var key = (call.Mailbox, call.CallerNumber);
        var now = time.GetUtcNow();
        lock (_paidUntil)
        {
            // Each notice pays for a pause in advance; the burst is how far ahead that may be.
            var paid = _paidUntil.TryGetValue(key, out var until) && until > now ? until : now;
            if (paid - now > (burst - 1) * pause)
                return false;
            if (_paidUntil.Count >= MaxRemembered)
                _paidUntil.Clear();
            _paidUntil[key] = paid + pause;
            return true;
        }
    }
}
