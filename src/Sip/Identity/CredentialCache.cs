namespace UnifiedMsg.Sip.Identity;

/// <summary>Certificates that were fetched and checked, by their address. Those that can't be had are remembered too, for a short time.</summary>
internal sealed class CredentialCache(ICredentialSource source, IdentityOptions options, TimeProvider time)
{
    /// <summary>Providers whose calls come here at the same time; beyond it the oldest ones are fetched anew.</summary>
    private const int MaxEntries = 1_000;

    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Usual = TimeSpan.FromHours(1);

    /// <summary>A certificate that was withdrawn is believed no longer than this.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>A server that does not answer is not asked again for every call.</summary>
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(30);

    private readonly Lock _sync = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The credential, or why there is none. Calls of the same signer at the same time share one fetch.</summary>
    public async Task<(Credential? Credential, string? Failure)> GetAsync(Uri address)
    {
        Entry entry;
        lock (_sync)
        {
            if (!_entries.TryGetValue(address.AbsoluteUri, out entry!) || entry.Expires <= time.GetUtcNow())
            {
                Forget(MaxEntries - 1);
                // While it is under way it does not expire: the fetch has a time limit of its own.
                entry = new Entry { Expires = DateTimeOffset.MaxValue };
                _entries[address.AbsoluteUri] = entry;
                entry.Fetch = Task.Run(() => FetchAsync(address, entry));
            }
        }
        return await entry.Fetch;
    }

    private async Task<(Credential?, string?)> FetchAsync(Uri address, Entry entry)
    {
        using var limit = new CancellationTokenSource(options.FetchTimeout, time);
        try
        {
            var fetched = await source.FetchAsync(address, limit.Token);
            var credential = Credential.Read(fetched.Content, options.Trust, time.GetUtcNow());
            if (credential.Fault is null)
                Keep(entry, fetched.MaxAge is { } age ? Clamp(age) : Usual, credential.Expires);
            return (credential, null);
        }
        catch (HttpRequestException e)
        {
            return (null, e.Message);
        }
        catch (OperationCanceledException)
        {
            return (null, $"no certificate from {address.IdnHost} in {options.FetchTimeout.TotalSeconds:0.#} s");
        }
        finally
        {
            // Also after a fault of the source, which must not stay in the way for good.
            if (entry.Expires == DateTimeOffset.MaxValue)
                Keep(entry, AfterFailure, DateTimeOffset.MaxValue);
        }
    }

    private static TimeSpan Clamp(TimeSpan age) => age < Shortest ? Shortest : age > Longest ? Longest : age;

    private void Keep(Entry entry, TimeSpan duration, DateTimeOffset end)
    {
        var until = time.GetUtcNow() + duration;
        lock (_sync)
            entry.Expires = until < end ? until : end;
    }

    private void Forget(int keep)
    {
        if (_entries.Count <= keep)
            return;
        foreach (var (address, _) in _entries.OrderBy(e => e.Value.Expires).Take(_entries.Count - keep).ToList())
            _entries.Remove(address);
    }

    private sealed class Entry
    {
        public required DateTimeOffset Expires { get; set; }

        public Task<(Credential?, string?)> Fetch { get; set; } = null!;
    }
}
