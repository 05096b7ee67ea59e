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
    // About what it costs, in nanoseconds.
    private const double Reading = 15_000;
    private const double Row = 3_000;
    private const double Entry = 2;
    private const double Place = 8;

    /// <summary>A word in more than this part of the contents is frequent: it is read before the others.</summary>
    private const int FrequentPart = 64;

    private readonly ListReader _words = new(session, segment.Words);
    private readonly ListReader _codes = new(session, segment.Codes);

    /// <summary>Adds what is certain and what is possible.</summary>
    public async ValueTask FindAsync(LookupNeedle needle, ContentBits certain, ContentBits possible)
    {
        if (needle.Parts.Count == 0)
        {
            await _words.ReadAsync(await _words.FindAsync([], TermPart.Whole), (entry, _) => Collect(entry, needle.Field, needle.FieldIsSure ? certain : possible));
            return;
        }
        var parts = new List<FoundPart>();
        foreach (NeedlePart part in needle.Parts)
            parts.Add(await FindAsync(part));
        FoundPart[] cheapestFirst = [.. parts.OrderBy(CostOf)];
        if (CostOf(cheapestFirst[0]) > CostOfReading(segment.Docs))
            possible.AddRange(segment.FirstId, segment.LastId);
        else if (needle.Parts[0].Alone)
            await FindOneAsync(needle, parts[0], certain, possible);
        else
            await FindSeveralAsync(needle, parts, cheapestFirst, certain, possible);
    }

    private static double CostOf(FoundPart part) => (part.Entries * Entry) + (part.Rows * Row);

    private double CostOfReading(double contents) => contents * scopeShare * Reading;

    private async ValueTask<FoundPart> FindAsync(NeedlePart part)
    {
        cancellationToken.ThrowIfCancellationRequested();
        List<Term> words = part.MayBeWord ? await _words.FindAsync(part.Octets, part.Part) : [];
        if (!part.MayBeCode)
            return new FoundPart(part) { Words = words };
        if (part.IsShort)
        {
            return part.Alone
                ? new FoundPart(part) { Words = words, Grams = await _codes.FindAsync(part.Octets, TermPart.Inside) }
                : new FoundPart(part) { Words = words, AnyCode = await FindAnyCodeAsync() };
        }
        var grams = new List<Term>();
        foreach (byte[] gram in part.Grams)
        {
            // What no code has, no code has more of.
            if (await _codes.FindAsync(gram, TermPart.Whole) is not [Term found])
                return new FoundPart(part) { Words = words };
            grams.Add(found);
        }
        return new FoundPart(part) { Words = words, Grams = grams, NeedsAllGrams = true };
    }

    private async ValueTask<Term?> FindAnyCodeAsync() =>
        await _words.FindAsync([(byte)PostingsSchema.AnyCode[0]], TermPart.Whole) is [Term found] ? found : null;

    private async ValueTask FindOneAsync(LookupNeedle needle, FoundPart part, ContentBits certain, ContentBits possible)
    {
        bool isWhole = await ReadAsync(part, needle.Field, mayStop: true);
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
            await ReadAsync(part, needle.Field, mayStop: false);
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
        var matcher = new PhraseMatcher(needle, all.ToArray());
        bool first = true;
        foreach (int i in Enumerable.Range(0, parts.Count).OrderBy(i => parts[i].Entries))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await _words.ReadWithPlacesAsync(parts[i].Words, (postings, places) => matcher.Add(i, postings, places, segment.FirstId, null));
            ContentBits codes = parts[i].InCodes.And(all);
            if (codes.Count > 0 && await FindAnyCodeAsync() is { } anyCode)
                await _words.ReadWithPlacesAsync([anyCode], (postings, places) => matcher.Add(i, postings, places, segment.FirstId, codes));
            if (first)
                matcher.KeepNear(i);
            first = false;
        }
        matcher.Match(needle.FieldIsSure && !needle.EndsOpen, certain, possible);
    }

    // False when it stopped, because what it has not found is cheaper to read.
    private async ValueTask<bool> ReadAsync(FoundPart part, int field, bool mayStop)
    {
        bool IsFrequent(Term term) => term.Docs > segment.Docs / FrequentPart;
        List<Term> rare = part.Words.FindAll(term => !IsFrequent(term));
        await _words.ReadAsync(part.Words.Where(IsFrequent), (entry, _) => Collect(entry, field, part.InWords));
        double left = CostOf(new FoundPart(part.Part) { Words = rare, Grams = part.Grams });
        if (mayStop && left > CostOfReading(segment.Docs - part.InWords.Count))
            return false;
        cancellationToken.ThrowIfCancellationRequested();
        await _words.ReadAsync(rare, (entry, _) => Collect(entry, field, part.InWords));
        if (part.AnyCode is { } anyCode)
            await _words.ReadAsync([anyCode], (entry, _) => Collect(entry, field, part.InCodes));
        if (!part.NeedsAllGrams)
        {
            await _codes.ReadAsync(part.Grams, (entry, _) => Collect(entry, field, part.InCodes));
            return true;
        }
        ContentBits? all = null;
        foreach (Term gram in part.Grams.OrderBy(gram => gram.Docs))
        {
            var those = new ContentBits();
            await _codes.ReadAsync([gram], (entry, _) => Collect(entry, field, those));
            all = all is null ? those : all.And(those);
        }
        part.InCodes = all ?? part.InCodes;
        return true;
    }

    private void Collect(ReadOnlySpan<byte> entry, int field, ContentBits found)
    {
        for (int at = 0; at < entry.Length;)
        {
            FieldPostings postings = FieldPostings.Read(entry, ref at);
            if (field < 0 || field == postings.Field)
                found.AddGaps(segment.FirstId + postings.First, postings.Gaps, segment.LastId);
        }
    }
}
