using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Mime;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Access.Imap.Commands.Search;

/// <summary>Says in the store's terms what SEARCH asks for. RFC 9051 §6.4.4.</summary>
internal sealed class SearchTranslator(SelectedFolder folder, DateTimeOffset now)
{
    private readonly HashSet<uint> _saved = [.. folder.SavedSearch];
    private readonly uint _largestNumber = (uint)folder.Uids.Count;
    private readonly uint _largestUid = folder.Uids.Count > 0 ? folder.Uids[^1] : 0;

    /// <summary>The query for a key.</summary>
    public SearchQuery Translate(SearchKey key) => key switch
    {
        AllOfKey all => new AllOfQuery([.. all.Keys.Select(Translate)]),
        EitherKey either => new AnyOfQuery([Translate(either.First), Translate(either.Second)]),
        NotKey not => new NotQuery(Translate(not.Key)),
        HeaderKey header => TextQuery.OfHeader(header.Name, header.Text),
        TextKey text => new TextQuery(text.WithHeader ? SearchField.Text : SearchField.Body, text.Text),
        DateKey { Sent: true } date => new SummaryQuery(
            summary => MessageText.TryParseDate(summary.Envelope.Date, out var sent) && Compare(sent, date)),
        _ => new ItemQuery(item => Test(key, item)),
    };

    private bool Test(SearchKey key, Item item) => key switch
    {
        SetKey { Set.IsSaved: true } => _saved.Contains(item.Uid),
        SetKey { ByUid: true } set => set.Set.Contains(item.Uid, _largestUid),
        SetKey set => set.Set.Contains((uint)folder.NumberOf(item.Uid), _largestNumber),
        FlagKey flag => ((item.Flags & flag.Flag) != 0) == flag.Set,
        KeywordKey keyword => item.Keywords.Contains(keyword.Keyword, StringComparer.OrdinalIgnoreCase) == keyword.Set,
        SizeKey size => size.Larger ? item.Size > size.Octets : item.Size < size.Octets,
        AgeKey age => now - item.InternalDate >= TimeSpan.FromSeconds(Math.Min(age.Seconds, uint.MaxValue)) == age.Older,
        ObjectIdKey { IsThread: true } thread => ObjectId.Thread(item) == thread.Id,
        ObjectIdKey email => ObjectId.Email(item) == email.Id,
        ModSeqKey modSeq => item.ModSeq >= modSeq.ModSeq,
        DateKey date => Compare(item.InternalDate, date),
        _ => false,
    };

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
}
