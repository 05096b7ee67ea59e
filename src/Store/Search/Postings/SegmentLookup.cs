using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>A needle made ready for looking up in segments.</summary>
/// <param name="Parts">Its runs; none: whether a field is there.</param>
/// <param name="Field">The number of the only field that counts, or -1 for any.</param>
/// <param name="FieldIsSure">False when other fields have the same number.</param>
/// <param name="AnySeparator">Whether it does not count what is between runs.</param>
/// <param name="EndsOpen">Whether the needle ends with what the index does not know of.</param>
internal sealed record LookupNeedle(IReadOnlyList<NeedlePart> Parts, int Field, bool FieldIsSure, bool AnySeparator, bool EndsOpen);

/// <summary>
/// Looks a needle up in one segment. A needle inside of one run is in a text exactly if it is in a run of it, that is in a word of the vocabulary,
/// which is scanned: that is certain. A needle over several runs is there where words that end with its first run, have the ones between and begin
/// with its last one are side by side with the same separators.
/// </summary>
/// <param name="session">One snapshot of the index.</param>
/// <param name="segment">The segment.</param>
/// <param name="scopeShare">About which part of the contents of the segment is asked about.</param>
/// <param name="cancellationToken">Ends it.</param>
internal sealed class SegmentLookup(IReadSession session, Segment segment, double scopeShare, CancellationToken cancellationToken)
{
    // About what it costs, in nanoseconds. A frequent word, of which proving takes long, has several places in a message.
    private const double Reading = 30_000;
    private const double Row = 3_000;
    private const double Entry = 2;
    private const double Place = 24;

    /// <summary>Words in more than such a part of the contents are read before the others, the most frequent first.</summary>
    private const int FrequentShare = 256;

    private readonly ListReader _words = new(session, segment.Words);
    private readonly ListReader _codes = new(session, segment.Codes);

    /// <summary>Adds what is certain and what is possible.</summary>
    public async ValueTask FindAsync(LookupNeedle needle, ContentBits certain, ContentBits possible)
    {
        if (needle.Parts.Count == 0)
        {
            await CollectAsync(_words, await _words.FindAsync([], TermPart.Whole, needle.Field), needle.FieldIsSure ? certain : possible);
            return;
        }
        var parts = new List<FoundPart>();
        foreach (NeedlePart part in needle.Parts)
            parts.Add((await FindAsync(part, needle.Field)).Count());
        FoundPart[] cheapestFirst = [.. parts.OrderBy(CostOf)];
        if (CostOf(cheapestFirst[0]) > CostOfReading(segment.Docs))
            possible.AddRange(segment.FirstId, segment.LastId);
        else if (needle.Parts[0].Alone)
            await FindOneAsync(needle, parts[0], certain, possible);
        else
            await FindSeveralAsync(needle, parts, cheapestFirst, certain, possible);
    }

    private static double CostOf(Term term) => (term.Docs * Entry) + (term.Blocks * Row);

    private static double CostOf(FoundPart part) => (part.Entries * Entry) + (part.Rows * Row);

    private double CostOfReading(double contents) => contents * scopeShare * Reading;

    private async ValueTask<FoundPart> FindAsync(NeedlePart part, int field)
    {
        cancellationToken.ThrowIfCancellationRequested();
        List<Term> words = part.MayBeWord ? await _words.FindAsync(part.Octets, part.Part, field) : [];
        if (!part.MayBeCode)
            return new FoundPart(part) { Words = words };
        if (part.IsShort)
        {
            return part.Alone
                ? new FoundPart(part) { Words = words, Grams = [await _codes.FindAsync(part.Octets, TermPart.Inside, field)] }
                : new FoundPart(part) { Words = words, AnyCode = await FindAnyCodeAsync(field) };
        }
        var grams = new List<List<Term>>();
        foreach (byte[] gram in part.Grams)
        {
            grams.Add(await _codes.FindAsync(gram, TermPart.Whole, field));
            // What no code has, no code has more of.
            if (grams[^1].Count == 0)
                return new FoundPart(part) { Words = words };
        }
        return new FoundPart(part) { Words = words, Grams = grams };
    }

    private ValueTask<List<Term>> FindAnyCodeAsync(int field) => _words.FindAsync([(byte)PostingsSchema.AnyCode[0]], TermPart.Whole, field);

    private async ValueTask FindOneAsync(LookupNeedle needle, FoundPart part, ContentBits certain, ContentBits possible)
    {
        bool isWhole = await ReadAsync(part, mayStop: true);
        ContentBits proved = part.Part.GramsProve ? part.All : part.InWords;
        if (needle.FieldIsSure)
            certain.AddAll(proved);
        if (isWhole)
            possible.AddAll(part.All);
        else
            possible.AddRange(segment.FirstId, segment.LastId);
    }

    private async ValueTask FindSeveralAsync(
        LookupNeedle needle, List<FoundPart> parts, FoundPart[] cheapestFirst, ContentBits certain, ContentBits possible)
    {
        ContentBits? all = null;
        foreach (FoundPart part in cheapestFirst)
        {
            // Of what is left, verifying is cheaper than the next list.
            if (all is not null && CostOfReading(all.Count) < CostOf(part))
            {
                possible.AddAll(all);
                return;
            }
            await ReadAsync(part, mayStop: false);
            all = all is null ? part.All : all.And(part.All);
        }
        if (CostOfReading(all!.Count) < parts.Sum(part => (part.Entries * Place) + (part.Rows * Row)))
        {
            possible.AddAll(all);
            return;
        }
        await ProveAsync(needle, parts, all, certain, possible);
    }

    private async ValueTask ProveAsync(LookupNeedle needle, List<FoundPart> parts, ContentBits all, ContentBits certain, ContentBits possible)
    {
        var places = new List<TermPlaces>[parts.Count];
        for (int i = 0; i < parts.Count; i++)
        {
            places[i] = parts[i].Words.ConvertAll(term => new TermPlaces(term, null));
            ContentBits codes = parts[i].InCodes.And(all);
            if (!codes.IsEmpty)
                places[i].AddRange((await FindAnyCodeAsync(needle.Field)).Select(term => new TermPlaces(term, codes)));
        }
        bool proves = needle.FieldIsSure && !needle.EndsOpen;
        if (!await new PhraseSearch(_words, needle, segment, places, cancellationToken).FindAsync(all, proves, certain, possible))
            possible.AddAll(all);
    }

    // False when it stopped, because what it has not found is cheaper to read. Frequent words find most of it.
    private async ValueTask<bool> ReadAsync(FoundPart part, bool mayStop)
    {
        double left = CostOf(part);
        long least = segment.Docs / FrequentShare;
        foreach (Term term in part.Words.Where(term => term.Docs > least).OrderByDescending(term => term.Docs))
        {
            if (mayStop && left > CostOfReading(segment.Docs - part.InWords.Count))
                return false;
            await CollectAsync(_words, [term], part.InWords);
            left -= CostOf(term);
        }
        if (mayStop && left > CostOfReading(segment.Docs - part.InWords.Count))
            return false;
        await CollectAsync(_words, part.Words.Where(term => term.Docs <= least), part.InWords);
        await CollectAsync(_words, part.AnyCode, part.InCodes);
        ContentBits? all = null;
        foreach (List<Term> gram in part.Grams.OrderBy(gram => gram.Sum(term => term.Docs)))
        {
            var those = new ContentBits();
            await CollectAsync(_codes, gram, those);
            all = all is null ? those : all.And(those);
        }
        if (all is not null)
            part.InCodes = all;
        return true;
    }

    private ValueTask CollectAsync(ListReader list, IEnumerable<Term> terms, ContentBits found)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return list.ReadAsync(terms, (_, postings) => found.AddGaps(segment.FirstId + postings.First, postings.Gaps, segment.LastId));
    }
}
