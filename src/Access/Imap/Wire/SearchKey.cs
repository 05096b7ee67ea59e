using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>A condition of SEARCH. RFC 9051 §6.4.4.</summary>
internal abstract record SearchKey
{
    /// <summary>What it costs to test: 0 from the item, 1 from the summary, 2 from the header, 3 from the content. Cheap ones go first.</summary>
    public virtual int Cost => 0;
}

/// <summary>All of these.</summary>
internal sealed record AllOfKey(IReadOnlyList<SearchKey> Keys) : SearchKey
{
    public override int Cost => Keys.Count == 0 ? 0 : Keys.Max(k => k.Cost);
}

/// <summary>Either of two.</summary>
internal sealed record EitherKey(SearchKey First, SearchKey Second) : SearchKey
{
    public override int Cost => Math.Max(First.Cost, Second.Cost);
}

/// <summary>Not this.</summary>
internal sealed record NotKey(SearchKey Key) : SearchKey
{
    public override int Cost => Key.Cost;
}

/// <summary>Message numbers or UIDs.</summary>
internal sealed record SetKey(SequenceSet Set, bool ByUid) : SearchKey;

/// <summary>A system flag is set or not.</summary>
internal sealed record FlagKey(ItemFlags Flag, bool Set) : SearchKey;

/// <summary>A keyword is set or not.</summary>
internal sealed record KeywordKey(string Keyword, bool Set) : SearchKey;

/// <summary>Larger or smaller than so many octets.</summary>
internal sealed record SizeKey(long Octets, bool Larger) : SearchKey;

/// <summary>How a date is compared.</summary>
internal enum DateTest
{
    Before,
    On,
    Since,
}

/// <summary>The day of the internal date, or of the Date header.</summary>
internal sealed record DateKey(DateOnly Day, DateTest Test, bool Sent) : SearchKey
{
    public override int Cost => Sent ? 1 : 0;
}

/// <summary>Older or younger than so many seconds. RFC 5032.</summary>
internal sealed record AgeKey(long Seconds, bool Older) : SearchKey;

/// <summary>A modification sequence at least this. RFC 7162 §3.1.5.</summary>
internal sealed record ModSeqKey(long ModSeq) : SearchKey;

/// <summary>The id of the content or of the thread. RFC 8474 §6.</summary>
internal sealed record ObjectIdKey(string Id, bool IsThread) : SearchKey;

/// <summary>Text in a header field; an empty text asks whether the field is there.</summary>
internal sealed record HeaderKey(string Name, string Text) : SearchKey
{
    public override int Cost => 2;
}

/// <summary>Text in the body, or in body and header.</summary>
internal sealed record TextKey(string Text, bool WithHeader) : SearchKey
{
    public override int Cost => 3;
}
