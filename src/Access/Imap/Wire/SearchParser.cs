using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>What SEARCH is to return. RFC 9051 §6.4.4, RFC 4731.</summary>
[Flags]
internal enum SearchReturn
{
    /// <summary>The old SEARCH response.</summary>
    None = 0,
    Min = 1,
    Max = 2,
    All = 4,
    Count = 8,
    Save = 16,

    /// <summary>RETURN was given.</summary>
    Extended = 32,
}

/// <summary>A SEARCH command.</summary>
/// <param name="Return">What to return.</param>
/// <param name="Key">The condition.</param>
/// <param name="Charset">The charset named, or null.</param>
/// <param name="UsesModSeq">Whether MODSEQ was asked about, so that the answer names the highest.</param>
internal sealed record SearchRequest(SearchReturn Return, SearchKey Key, string? Charset, bool UsesModSeq);

/// <summary>Reads the arguments of SEARCH. RFC 9051 §9 search-program.</summary>
internal static class SearchParser
{
    /// <summary>Reads <c>[RETURN (…)] [CHARSET …] key *(SP key)</c>, after the space that follows the command.</summary>
    public static bool TryParse(WireReader reader, out SearchRequest request)
    {
        request = new SearchRequest(SearchReturn.None, new AllOfKey([]), null, false);
        var returns = SearchReturn.None;
        if (reader.TakeWord("RETURN"u8))
        {
            if (!reader.Expect(' ') || !TryReturn(reader, out returns) || !reader.Expect(' ')) return false;
        }

        string? charset = null;
        if (reader.TakeWord("CHARSET"u8) && (!reader.Expect(' ') || !reader.TryAString(out charset) || !reader.Expect(' '))) return false;
        var state = new State(reader);
        if (!state.TryKeys(0, out var key)) return false;
        request = new SearchRequest(returns, key, charset, state.UsesModSeq);
        return reader.ExpectEnd();
    }

    private static bool TryReturn(WireReader reader, out SearchReturn returns)
    {
        var found = SearchReturn.Extended;
        var done = reader.TryList(() =>
        {
            if (!reader.TryKeyword(out var word)) return false;
            SearchReturn? one = word switch
            {
                "MIN" => SearchReturn.Min,
                "MAX" => SearchReturn.Max,
                "ALL" => SearchReturn.All,
                "COUNT" => SearchReturn.Count,
                "SAVE" => SearchReturn.Save,
                _ => null,
            };
            found |= one ?? 0;
            return one is not null || reader.Fail($"Unknown search return option {word}");
        });
        // RETURN () means ALL.
        returns = found == SearchReturn.Extended ? found | SearchReturn.All : found;
        return done;
    }

    private sealed class State(WireReader reader)
    {
        private int _count;

        public bool UsesModSeq { get; private set; }

        public bool TryKeys(int depth, out SearchKey key)
        {
            var keys = new List<SearchKey>();
            key = new AllOfKey(keys);
            do
            {
                if (!TryKey(depth, out var one)) return false;
                keys.Add(one);
            }
            while (reader.Take(' '));
            // Cheap tests decide first, so that content is read only for what is left.
            key = keys.Count == 1 ? keys[0] : new AllOfKey([.. keys.OrderBy(k => k.Cost)]);
            return true;
        }

        private bool TryKey(int depth, out SearchKey key)
        {
            key = new AllOfKey([]);
            if (depth > ImapLimits.SearchNesting) return reader.Fail("The search is nested too deep");
            if (++_count > ImapLimits.ListItems) return reader.Fail("Too many search keys");
            if (reader.Take('(')) return TryKeys(depth + 1, out key) && reader.Expect(')');
            if (reader.Sees('*') || reader.Sees('$') || (!reader.AtEnd && reader.Rest[0] is >= (byte)'0' and <= (byte)'9'))
                return TrySet(false, out key);
            if (!reader.TryKeyword(out var word)) return false;
            if (Plain(word) is { } plain)
            {
                key = plain;
                return true;
            }

            return word switch
            {
                "NOT" => TryNot(depth, out key),
                "OR" => TryOr(depth, out key),
                "UID" => reader.Expect(' ') && TrySet(true, out key),
                _ => TryWithArgument(word, out key),
            };
        }

        private static SearchKey? Plain(string word) => word switch
        {
            "ALL" => new AllOfKey([]),
            "ANSWERED" => new FlagKey(ItemFlags.Answered, true),
            "DELETED" => new FlagKey(ItemFlags.Deleted, true),
            "DRAFT" => new FlagKey(ItemFlags.Draft, true),
            "FLAGGED" => new FlagKey(ItemFlags.Flagged, true),
            "SEEN" => new FlagKey(ItemFlags.Seen, true),
            "UNANSWERED" => new FlagKey(ItemFlags.Answered, false),
            "UNDELETED" => new FlagKey(ItemFlags.Deleted, false),
            "UNDRAFT" => new FlagKey(ItemFlags.Draft, false),
            "UNFLAGGED" => new FlagKey(ItemFlags.Flagged, false),
            "UNSEEN" => new FlagKey(ItemFlags.Seen, false),
            // Nothing is ever \Recent here: RFC 9051 has done away with it.
            "RECENT" or "NEW" => new NotKey(new AllOfKey([])),
            "OLD" => new AllOfKey([]),
            _ => null,
        };

        private bool TryNot(int depth, out SearchKey key)
        {
            key = new AllOfKey([]);
            if (!reader.Expect(' ') || !TryKey(depth + 1, out var inner)) return false;
            key = new NotKey(inner);
            return true;
        }

        private bool TryOr(int depth, out SearchKey key)
        {
            key = new AllOfKey([]);
            if (!reader.Expect(' ') || !TryKey(depth + 1, out var first) || !reader.Expect(' ') || !TryKey(depth + 1, out var second))
                return false;
            key = first.Cost <= second.Cost ? new EitherKey(first, second) : new EitherKey(second, first);
            return true;
        }

        private bool TrySet(bool byUid, out SearchKey key)
        {
            var found = SequenceSet.TryParse(reader, out var set);
            key = new SetKey(set, byUid);
            return found;
        }

        private bool TryWithArgument(string word, out SearchKey key)
        {
            key = new AllOfKey([]);
            SearchKey? found = word switch
            {
                "BCC" or "CC" or "FROM" or "SUBJECT" or "TO" => Text() is { } text ? new HeaderKey(word, text) : null,
                "HEADER" => Text() is { } name && Text() is { } value ? new HeaderKey(name, value) : null,
                "BODY" => Text() is { } text ? new TextKey(text, false) : null,
                "TEXT" => Text() is { } text ? new TextKey(text, true) : null,
                "KEYWORD" or "UNKEYWORD" => Text() is { } keyword ? new KeywordKey(keyword, word == "KEYWORD") : null,
                "LARGER" or "SMALLER" => Number() is { } size ? new SizeKey(size, word == "LARGER") : null,
                "OLDER" or "YOUNGER" => Number() is { } age ? new AgeKey(age, word == "OLDER") : null,
                "BEFORE" or "SENTBEFORE" => Date(DateTest.Before, word),
                "ON" or "SENTON" => Date(DateTest.On, word),
                "SINCE" or "SENTSINCE" => Date(DateTest.Since, word),
                "EMAILID" or "THREADID" => Text() is { } id ? new ObjectIdKey(id, word == "THREADID") : null,
                "MODSEQ" => ModSeq(),
                _ => Unknown(word),
            };
            if (found is null) return false;
            key = found;
            return true;
        }

        private SearchKey? Unknown(string word)
        {
            reader.Fail($"Unknown search key {word}");
            return null;
        }

        private string? Text() => reader.Expect(' ') && reader.TryAString(out var text) ? text : null;

        private long? Number() => reader.Expect(' ') && reader.TryNumber(out long number) ? number : null;

        private DateKey? Date(DateTest test, string word)
        {
            if (Text() is not { } text) return null;
            if (ImapDate.TryParseDate(text, out var day)) return new DateKey(day, test, word.StartsWith("SENT", StringComparison.Ordinal));
            reader.Fail("Bad date");
            return null;
        }

        // MODSEQ [entry-name SP entry-type-req] mod-sequence-valzer: we keep one modseq a message, so the entry does not matter.
        private ModSeqKey? ModSeq()
        {
            if (!reader.Expect(' ')) return null;
            if (reader.Sees('"') && !(reader.TryString(out _) && reader.Expect(' ') && reader.TryKeyword(out _) && reader.Expect(' '))) return null;
            if (!reader.TryNumber(out long modSeq)) return null;
            UsesModSeq = true;
            return new ModSeqKey(modSeq);
        }
    }
}
