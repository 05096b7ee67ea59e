using System.Runtime.InteropServices;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Search.Attachments;

namespace UnifiedMsg.Store.Search;

/// <summary>One search in one folder: gathers what meets it.</summary>
/// <param name="database">The store's database.</param>
/// <param name="contents">Where contents are read.</param>
/// <param name="attachments">Texts of the attachments of a content, and whether it is indexed.</param>
/// <param name="places">The items of the folder.</param>
/// <param name="plan">The query, with what the index says.</param>
/// <param name="trust">How far the index is of this store.</param>
/// <param name="cancellationToken">Ends it.</param>
internal sealed class FolderSearch(
    IDatabase database, ContentReader contents, Func<long, bool, IAttachmentTexts?> attachments, FolderPlaces places, SearchPlan plan,
    IndexTrust trust, CancellationToken cancellationToken)
{
    /// <summary>Items looked at under one snapshot where a whole folder is gone through: memory does not grow with the folder.</summary>
    private const int PlacesPerPage = 4096;

    /// <summary>Contents read together; see <see cref="ContentReader.PerReading"/>.</summary>
    private const int PerReading = ContentReader.PerReading;

    /// <summary>Finding one content in a map takes as long as looking at so many in their order.</summary>
    private const int FindingCost = 32;

    // What was read is found apart: a folder's order is nearly always that of its contents, and so both ascend.
    private readonly List<uint> _certain = [];
    private readonly List<uint> _found = [];

    /// <summary>Each once, ascending.</summary>
    public IReadOnlyList<uint> Found()
    {
        Order(_certain);
        Order(_found);
        return _certain.Count == 0 ? _found : _found.Count == 0 ? _certain : Merge(_certain, _found);
    }

    private static void Order(List<uint> found)
    {
        int kept = Math.Min(1, found.Count);
        bool ascending = true;
        for (int i = 1; i < found.Count && ascending; i++)
            ascending = found[i] > found[i - 1];
        if (ascending)
            return;
        found.Sort();
        for (int i = 1; i < found.Count; i++)
        {
            if (found[i] != found[i - 1])
                found[kept++] = found[i];
        }
        found.RemoveRange(kept, found.Count - kept);
    }

    private static List<uint> Merge(List<uint> one, List<uint> other)
    {
        var merged = new List<uint>(one.Count + other.Count);
        int next = 0;
        foreach (uint uid in one)
        {
            for (; next < other.Count && other[next] < uid; next++)
                merged.Add(other[next]);
            if (next < other.Count && other[next] == uid)
                next++;
            merged.Add(uid);
        }
        merged.AddRange(CollectionsMarshal.AsSpan(other)[next..]);
        return merged;
    }

    /// <summary>Goes through the folder.</summary>
    public ValueTask GoThroughAsync() => GoThroughAsync(0, 0);

    /// <summary>Goes through these items.</summary>
    public async ValueTask GoThroughAsync(uint[] uids)
    {
        foreach (uint[] some in uids.Chunk(PlacesPerPage))
            await TestAsync(session => FolderPlaces.FindAsync(session, places.FolderId, some));
    }

    /// <summary>Goes through a map of the folder.</summary>
    public async ValueTask GoThroughAsync(FolderMap map, long trusted)
    {
        // Of what the index does not know yet, everything is possible.
        int unknown = map.FindFirst(trusted + 1);
        var candidates = new List<int>();
        if (!plan.NeedsItems)
            _certain.EnsureCapacity((int)Math.Min(map.Count, plan.Certain.IsInverted ? map.Count : plan.Certain.ListedCount));
        var tested = new MapTest(plan, map, plan.NeedsItems ? null : _certain, candidates);
        if (!plan.Possible.IsInverted && plan.Possible.ListedCount < unknown / FindingCost)
        {
            foreach (long content in plan.Possible.Listed)
            {
                for (int i = map.FindFirst(content); i < unknown && map.ContentAt(i) == content; i++)
                    tested.Add(i);
            }
        }
        else
        {
            for (int i = 0; i < unknown; i++)
                tested.Add(i);
        }
        for (int i = unknown; i < map.Count; i++)
            candidates.Add(i);
        if (plan.NeedsItems)
        {
            uint[] uids = [.. candidates.Select(map.UidAt)];
            Array.Sort(uids);
            await GoThroughAsync(uids);
            return;
        }
        await TestAsync(candidates.Select(i => new Place(map.ContentAt(i), map.UidAt(i), null)), trusted);
    }

    /// <summary>Finds each content that is possible, and goes through what the index does not know yet.</summary>
    public async ValueTask LookUpAsync()
    {
        (List<Place> known, long trusted, List<Place> unknown) = await database.ReadAsync(
            async session =>
            {
                long upTo = await trust.FindAsync(session);
                return (await places.ReadOfAsync(session, plan.Possible.Listed), upTo,
                    await places.ReadAfterAsync(session, upTo, uint.MaxValue, PlacesPerPage));
            },
            cancellationToken);
        await TestAsync(known.Where(place => place.ContentId <= trusted), trusted);
        await TestAsync(unknown, trusted);
        if (unknown.Count == PlacesPerPage)
            await GoThroughAsync(unknown[^1].ContentId, unknown[^1].Uid);
    }

    private async ValueTask GoThroughAsync(long content, uint uid)
    {
        while (true)
        {
            List<Place> page = await TestAsync(session => places.ReadAfterAsync(session, content, uid, PlacesPerPage));
            if (page.Count < PlacesPerPage)
                return;
            (content, uid) = (page[^1].ContentId, page[^1].Uid);
        }
    }

    private async ValueTask<List<Place>> TestAsync(Func<IReadSession, ValueTask<List<Place>>> read)
    {
        (List<Place> page, long trusted) = await database.ReadAsync(
            async session => (await read(session), await trust.FindAsync(session)), cancellationToken);
        await TestAsync(page, trusted);
        return page;
    }

    private async ValueTask TestAsync(IEnumerable<Place> tested, long trusted)
    {
        var verifier = new SearchVerifier(plan, trusted, contents, attachments);
        var unsure = new List<Place>();
        foreach (Place place in tested)
        {
            if (verifier.Judge(place) is not { } meets)
                unsure.Add(place);
            else if (meets)
                _found.Add(place.Uid);
        }
        if (unsure.Count > 0)
            await VerifyAsync(verifier, unsure);
    }

    // While some are compared, the next ones are on their way.
    private async ValueTask VerifyAsync(SearchVerifier verifier, List<Place> unsure)
    {
        Task<IReadOnlyDictionary<long, FoundContent>> reading = ReadAsync(unsure, 0);
        try
        {
            for (int first = 0; first < unsure.Count; first += PerReading)
            {
                IReadOnlyDictionary<long, FoundContent> read = await reading;
                if (first + PerReading < unsure.Count)
                    reading = ReadAsync(unsure, first + PerReading);
                foreach (Place place in unsure.Skip(first).Take(PerReading))
                {
                    if (await MeetsAsync(verifier, place, read.GetValueOrDefault(place.ContentId)))
                        _found.Add(place.Uid);
                }
            }
        }
        finally
        {
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task<IReadOnlyDictionary<long, FoundContent>> ReadAsync(List<Place> of, int first) => contents.FindAsync(
        [.. of.Skip(first).Take(PerReading).Select(place => place.ContentId)], cancellationToken).AsTask();

    // RFC 9051 §6.4.4 knows no answer for a part of the messages. What can't be read may or may not meet the query, so neither the
    // query nor its contrary finds it; the others are found.
    private async ValueTask<bool> MeetsAsync(SearchVerifier verifier, Place place, FoundContent? content)
    {
        try
        {
            return await verifier.MeetsAsync(place, content, cancellationToken);
        }
        catch (ContentException damage) when (damage is MissingContentException or DamagedContentException)
        {
            contents.Report(damage);
            return false;
        }
    }

    /// <summary>Parts the items of a map into what meets the query for certain, what may, and the rest.</summary>
    private struct MapTest(SearchPlan plan, FolderMap map, List<uint>? certain, List<int> candidates)
    {
        // Not readonly: each remembers where it looked last.
        private ContentBound.Ascending _certain = plan.Certain.InOrder();
        private ContentBound.Ascending _possible = plan.Possible.InOrder();

        public void Add(int index)
        {
            long content = map.ContentAt(index);
            if (certain is not null && _certain.Contains(content))
                certain.Add(map.UidAt(index));
            else if (_possible.Contains(content))
                candidates.Add(index);
        }
    }
}
