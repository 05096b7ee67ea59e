using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Mime;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands.Search;

/// <summary>Tests one message after the other against a condition. Header and content are read only where a key needs them.</summary>
internal sealed class SearchMatcher(IStore store, DateTimeOffset now, uint largestNumber, uint largestUid, Func<uint, bool> isSaved)
{
    /// <summary>Whether the message meets the condition.</summary>
    public async ValueTask<bool> MatchesAsync(SearchKey key, uint number, Item item, MessageSummary? summary, CancellationToken cancellationToken)
    {
        var candidate = new Candidate(number, item, summary);
        try
        {
            return await TestAsync(key, candidate, cancellationToken);
        }
        finally
        {
            if (candidate.Content is not null) await candidate.Content.DisposeAsync();
        }
    }

    private ValueTask<bool> TestAsync(SearchKey key, Candidate candidate, CancellationToken cancellationToken) => key switch
    {
        AllOfKey all => AllAsync(all, candidate, cancellationToken),
        EitherKey either => EitherAsync(either, candidate, cancellationToken),
        NotKey not => NotAsync(not, candidate, cancellationToken),
        HeaderKey header => HeaderAsync(header, candidate, cancellationToken),
        TextKey text => TextAsync(text, candidate, cancellationToken),
        _ => new(Test(key, candidate)),
    };

    private async ValueTask<bool> AllAsync(AllOfKey all, Candidate candidate, CancellationToken cancellationToken)
    {
        foreach (var key in all.Keys)
            if (!await TestAsync(key, candidate, cancellationToken)) return false;
        return true;
    }

    private async ValueTask<bool> EitherAsync(EitherKey either, Candidate candidate, CancellationToken cancellationToken) =>
        await TestAsync(either.First, candidate, cancellationToken)
        || await TestAsync(either.Second, candidate, cancellationToken);

    private async ValueTask<bool> NotAsync(NotKey not, Candidate candidate, CancellationToken cancellationToken) =>
        !await TestAsync(not.Key, candidate, cancellationToken);

    private bool Test(SearchKey key, Candidate candidate)
    {
        var item = candidate.Item;
        return key switch
        {
            SetKey { Set.IsSaved: true } => isSaved(item.Uid),
            SetKey { ByUid: true } set => set.Set.Contains(item.Uid, largestUid),
            SetKey set => set.Set.Contains(candidate.Number, largestNumber),
            FlagKey flag => ((item.Flags & flag.Flag) != 0) == flag.Set,
            KeywordKey keyword => item.Keywords.Contains(keyword.Keyword, StringComparer.OrdinalIgnoreCase) == keyword.Set,
            SizeKey size => size.Larger ? item.Size > size.Octets : item.Size < size.Octets,
            AgeKey age => now - item.InternalDate >= TimeSpan.FromSeconds(Math.Min(age.Seconds, uint.MaxValue)) == age.Older,
            ObjectIdKey { IsThread: true } thread => ObjectId.Thread(item) == thread.Id,
            ObjectIdKey email => ObjectId.Email(item) == email.Id,
            ModSeqKey modSeq => item.ModSeq >= modSeq.ModSeq,
            DateKey { Sent: true } date => MessageText.TryParseDate(candidate.Summary?.Envelope.Date, out var sent) && Compare(sent, date),
            DateKey date => Compare(item.InternalDate, date),
            _ => false,
        };
    }

    // RFC 9051 §6.4.4: time and zone are disregarded, the day is the one that is written.
    private static bool Compare(DateTimeOffset value, DateKey key)
    {
        var day = DateOnly.FromDateTime(value.DateTime);
        return key.Test switch
        {
            DateTest.Before => day < key.Day,
            DateTest.On => day == key.Day,
            _ => day >= key.Day,
        };
    }

    private async ValueTask<bool> HeaderAsync(HeaderKey key, Candidate candidate, CancellationToken cancellationToken)
    {
        if (candidate.Header is null)
        {
            if (!await OpenAsync(candidate, cancellationToken)) return false;
            candidate.Header = await MessageText.ReadHeaderAsync(candidate.Content!, candidate.Summary!.Body, cancellationToken);
        }

        for (var i = 0; i < candidate.Header.Count; i++)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(candidate.Header.NameAt(i), key.Name)
                && MessageText.DecodeHeader(candidate.Header.ValueAt(i)).Contains(key.Text, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    private async ValueTask<bool> TextAsync(TextKey key, Candidate candidate, CancellationToken cancellationToken) =>
        await OpenAsync(candidate, cancellationToken)
        && await MessageText.ContainsAsync(candidate.Content!, candidate.Summary!, key.Text, key.WithHeader, cancellationToken);

    private async ValueTask<bool> OpenAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        if (candidate.Summary is null) return false;
        candidate.Content ??= await store.OpenContentAsync(candidate.Item.Id, cancellationToken);
        return candidate.Content is not null;
    }

    private sealed class Candidate(uint number, Item item, MessageSummary? summary)
    {
        public uint Number { get; } = number;

        public Item Item { get; } = item;

        public MessageSummary? Summary { get; } = summary;

        public Stream? Content { get; set; }

        public HeaderBlock? Header { get; set; }
    }
}
