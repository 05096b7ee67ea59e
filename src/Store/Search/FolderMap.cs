using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search;

/// <summary>The items of a folder in the order of their contents, as of one change number. It follows the folder like a client that
/// synchronises (RFC 7162): by what changed since, and what is gone.</summary>
internal sealed class FolderMap
{
    /// <summary>Octets that an item takes.</summary>
    public const int OctetsPerItem = 2 * sizeof(uint);

    /// <summary>Items read at a time.</summary>
    private const int ItemsPerPage = 8192;

    private readonly long _first;
    private readonly uint[] _contents; // As distances from the first one.
    private readonly uint[] _uids;

    private FolderMap(Folder folder, int count, long first, uint[] contents, uint[] uids)
    {
        (Folder, Count, _first) = (folder, count, first);
        (_contents, _uids) = (contents, uids);
    }

    /// <summary>The folder as it was.</summary>
    public Folder Folder { get; }

    /// <summary>How many items.</summary>
    public int Count { get; }

    public long ContentAt(int index) => _first + _contents[index];

    public uint UidAt(int index) => _uids[index];

    /// <summary>The first item whose content is not below this one.</summary>
    public int FindFirst(long content)
    {
        long distance = content - _first;
        if (distance is < 0 or > uint.MaxValue)
            return distance < 0 ? 0 : Count;
        int found = _contents.AsSpan(0, Count).BinarySearch((uint)distance);
        if (found < 0)
            return ~found;
        while (found > 0 && _contents[found - 1] == distance)
            found--;
        return found;
    }

    /// <summary>Reads all of it; null when its contents are too far apart, which takes four thousand millions of them.</summary>
    public static async ValueTask<FolderMap?> ReadAsync(IReadSession session, Folder folder)
    {
        var filling = new Filling(folder);
        int read;
        do
        {
            // One page at a time, so that nothing is held beside the map.
            read = (await session.QueryAsync(
                "SELECT content_id, uid FROM store_items WHERE folder_id = @p0 AND (content_id, uid) > (@p1, @p2) ORDER BY content_id, uid LIMIT @p3",
                row => filling.TryAdd(row.GetInt64(0), (uint)row.GetInt64(1)),
                folder.Id, filling.LastContent, filling.LastUid, ItemsPerPage)).Count;
        }
        while (read == ItemsPerPage && filling.IsSound);
        return filling.End();
    }

    /// <summary>The same as the folder is now; null when it is not known what is gone since.</summary>
    public async ValueTask<FolderMap?> FollowAsync(IReadSession session, Folder now)
    {
        if (now.UidValidity != Folder.UidValidity || now.HighestModSeq < Folder.HighestModSeq)
            return null;
        if (now.HighestModSeq == Folder.HighestModSeq)
            return this;
        if (await session.QueryLongAsync("SELECT tombstone_floor FROM store_folders WHERE id = @p0", now.Id) > Folder.HighestModSeq)
            return null;
        // A UID is never given again, so what has one that was not given yet is new; of the others only flags changed.
        List<Place> added = await session.QueryAsync(
            "SELECT content_id, uid FROM store_items WHERE folder_id = @p0 AND modseq > @p1 AND uid >= @p2",
            row => new Place(row.GetInt64(0), (uint)row.GetInt64(1), null), now.Id, Folder.HighestModSeq, Folder.UidNext);
        List<uint> gone = await session.QueryAsync(
            "SELECT uid FROM store_tombstones WHERE folder_id = @p0 AND modseq > @p1", row => (uint)row.GetInt64(0), now.Id, Folder.HighestModSeq);
        return Merge(now, added, [.. gone]);
    }

    private FolderMap? Merge(Folder now, List<Place> added, HashSet<uint> gone)
    {
        if (added.Count == 0 && gone.Count == 0)
            return Count == now.Exists ? new FolderMap(now, Count, _first, _contents, _uids) : null;
        added.Sort(static (a, b) => (a.ContentId, a.Uid).CompareTo((b.ContentId, b.Uid)));
        var filling = new Filling(now);
        int next = 0;
        for (int i = 0; i <= Count; i++)
        {
            for (; next < added.Count && (i == Count || added[next].ContentId < ContentAt(i)); next++)
                filling.TryAdd(added[next].ContentId, added[next].Uid);
            if (i < Count && !(gone.Count > 0 && gone.Contains(_uids[i])))
                filling.TryAdd(ContentAt(i), _uids[i]);
        }
        return filling.End();
    }

    /// <summary>A map that is being filled, of the size that the folder has.</summary>
    private sealed class Filling(Folder folder)
    {
        private readonly uint[] _contents = GC.AllocateUninitializedArray<uint>(folder.Exists);
        private readonly uint[] _uids = GC.AllocateUninitializedArray<uint>(folder.Exists);
        private long _first;
        private int _count;

        /// <summary>Whether all fits so far.</summary>
        public bool IsSound { get; private set; } = true;

        public long LastContent { get; private set; } = -1;

        public uint LastUid { get; private set; }

        public bool TryAdd(long content, uint uid)
        {
            if (_count == 0)
                _first = content;
            IsSound &= _count < _contents.Length && content - _first <= uint.MaxValue;
            if (!IsSound)
                return false;
            (_contents[_count], _uids[_count]) = ((uint)(content - _first), uid);
            _count++;
            (LastContent, LastUid) = (content, uid);
            return true;
        }

        /// <summary>The map; null when it is not that of the folder.</summary>
        public FolderMap? End() => IsSound && _count == _contents.Length ? new FolderMap(folder, _count, _first, _contents, _uids) : null;
    }
}
