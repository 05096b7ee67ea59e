using UnifiedMsg.Voicemail.Spool;

namespace UnifiedMsg.Voicemail.Messages;

/// <summary>Who was told of a missed call a moment ago, so that the next one of the same caller needs no notice of its own.</summary>
/// <param name="pause">For how long one notice is enough.</param>
/// <param name="time">The clock.</param>
public sealed class RecentMissedCalls(TimeSpan pause, TimeProvider time)
{
    /// <summary>Pairs of caller and mailbox that are remembered; beyond it the memory starts anew, and costs a notice too many.</summary>
    private const int MaxRemembered = 10_000;

    private readonly Dictionary<(string Mailbox, string Caller), long> _told = [];

    /// <summary>Whether a notice is due. The pause runs from the notice, so that calling on and on gives one in each.</summary>
    public bool IsNew(SpooledCall call)
    {
        var now = time.GetTimestamp();
        lock (_told)
        {
            if (_told.TryGetValue((call.Mailbox, call.CallerNumber), out var last) && time.GetElapsedTime(last, now) < pause)
                return false;
            if (_told.Count >= MaxRemembered)
                _told.Clear();
            _told[(call.Mailbox, call.CallerNumber)] = now;
            return true;
        }
    }
}
