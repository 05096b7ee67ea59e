using System.Collections.Concurrent;

namespace UnifiedMsg.TestKit.Load;

/// <summary>
/// What the server acknowledged of each message, and what was asked and not yet answered when it died: the one has to be so, the other may
/// have happened or not, but wholly. Each message is changed by one client at a time.
/// </summary>
public sealed class MailLedger
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, Entry> _entries = new();
    private readonly ConcurrentDictionary<(string Folder, uint Validity, uint Uid), string> _places = new();
    private TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private int _acknowledged;
    private int _refused;

    /// <summary>How many changes were acknowledged.</summary>
    public int Acknowledged => _acknowledged;

    /// <summary>How many were answered with an error.</summary>
    public int Refused => _refused;

    /// <summary>A name for the next message.</summary>
    public string Next() => $"<{Interlocked.Increment(ref _count)}@crash.example.test>";

    /// <summary>A change is asked for; what is returned is called when it was acknowledged.</summary>
    public Action Asks(string message, MailState wanted)
    {
        var entry = _entries.GetOrAdd(message, _ => new Entry(MailState.Absent));
        entry.Wanted = wanted;
        return () =>
        {
            (entry.Now, entry.Wanted) = (wanted, null);
            Interlocked.Increment(ref _acknowledged);
            Answered();
        };
    }

    /// <summary>A change was refused: it has not happened or, when the server could not tell, has.</summary>
    public void Refuse()
    {
        Interlocked.Increment(ref _refused);
        Answered();
    }

    /// <summary>The server named the place of a message, which is never that of another one. RFC 9051 §2.3.1.1.</summary>
    /// <exception cref="InvalidOperationException">It was named for another one before.</exception>
    public void Place(string message, string folder, uint validity, uint uid)
    {
        if (_places.GetOrAdd((folder, validity, uid), message) is var other && other != message)
            throw new InvalidOperationException($"UID {uid} of {folder} is {message}, and was {other}");
    }

    /// <summary>Waits for answers until there are enough of them.</summary>
    /// <exception cref="TimeoutException">They did not come.</exception>
    public async Task WaitAsync(Func<MailLedger, bool> enough)
    {
        using var guard = new CancellationTokenSource(Guard);
        for (var answered = _answered; !enough(this); answered = _answered)
        {
            try
            {
                // An answer between the look and the wait is seen by the next one, and there is always a next one or the guard.
                await answered.Task.WaitAsync(guard.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{Acknowledged} were acknowledged, {Refused} refused");
            }
        }
    }

    /// <summary>Holds that the mailbox is what was acknowledged. What was open is settled by what is found.</summary>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    public void Check(IReadOnlyList<(string Message, MailState State)> found)
    {
        var states = new Dictionary<string, MailState>();
        foreach (var (message, state) in found)
        {
            if (!states.TryAdd(message, state))
                throw new InvalidOperationException($"{message} is doubled: {states[message]} and {state}");
            if (!_entries.ContainsKey(message))
                throw new InvalidOperationException($"{message} was never sent");
        }
        foreach (var (message, entry) in _entries)
        {
            var state = states.GetValueOrDefault(message, MailState.Absent);
            if (state != entry.Now && state != entry.Wanted)
                throw new InvalidOperationException($"{message}: {entry.Now} was acknowledged, {entry.Wanted} asked for, {state} is there");
            (entry.Now, entry.Wanted) = (state, null);
        }
    }

    private void Answered() =>
        Interlocked.Exchange(ref _answered, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    private sealed class Entry(MailState now)
    {
        public MailState Now { get; set; } = now;

        public MailState? Wanted { get; set; }
    }
}

/// <summary>What a mail client sees of a message.</summary>
/// <param name="Folder">Where it is; empty for nowhere.</param>
/// <param name="IsFlagged">Whether it is flagged.</param>
public sealed record MailState(string Folder, bool IsFlagged)
{
    /// <summary>It is nowhere.</summary>
    public static MailState Absent { get; } = new("", false);
}
