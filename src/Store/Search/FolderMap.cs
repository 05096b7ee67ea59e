using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search;

/// <summary>The items of a folder in the order of their contents, as of one change number. It follows the folder like a client that
/// synchronises (RFC 7162): by what changed since, and what is gone.</summary>
internal sealed class FolderMap
{
    private readonly long[] _contents;
    private readonly uint[] _uids;

    private FolderMap(Folder folder, long[] contents, uint[] uids) => (Folder, _contents, _uids) = (folder, contents, uids);

    /// <summary>The folder as it was.</summary>
    public Folder Folder { get; }

    /// <summary>How many items.</summary>
    public int Count => _contents.Length;

    public long ContentAt(int index) => _contents[index];

    public uint UidAt(int index) => _uids[index];

    /// <summary>The first item whose content is not below this one.</summary>
    public int FindFirst(long content)
    {
        int found = Array.BinarySearch(_contents, content);
        if (found < 0)
            return ~found;
        while (found > 0 && _contents[found - 1] == content)
            found--;
        return found;
    }

    /// <summary>Reads all of it.</summary>
    public static async ValueTask<FolderMap> ReadAsync(IReadSession session, Folder folder)
    {
        var contents = new List<long>(folder.Exists);
        var uids = new List<uint>(folder.Exists);
        await session.QueryAsync(
            "SELECT content_id, uid FROM store_items WHERE folder_id = @p0 ORDER BY content_id, uid",
            row =>
            {
                contents.Add(row.GetInt64(0));
                uids.Add((uint)row.GetInt64(1));
                return true;
            },
            folder.Id);
        return new FolderMap(folder, [.. contents], [.. uids]);
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
        List<Place> changed = await session.QueryAsync(
            "SELECT content_id, uid FROM store_items WHERE folder_id = @p0 AND modseq > @p1",
            row => new Place(row.GetInt64(0), (uint)row.GetInt64(1), null), now.Id, Folder.HighestModSeq);
        List<uint> gone = await session.QueryAsync(
            "SELECT uid FROM store_tombstones WHERE folder_id = @p0 AND modseq > @p1", row => (uint)row.GetInt64(0), now.Id, Folder.HighestModSeq);
        FolderMap followed = Merge(now, changed, [.. gone]);
        return followed.Count == now.Exists ? followed : null;
    }

    private FolderMap Merge(Folder now, List<Place> changed, HashSet<uint> gone)
    {
        // A UID is never given again, so what has one that was not given yet is new; of the others only flags changed.
        List<Place> added = changed.FindAll(place => place.Uid >= Folder.UidNext);
        added.Sort(static (a, b) => (a.ContentId, a.Uid).CompareTo((b.ContentId, b.Uid)));
        var contents = new List<long>(_contents.Length + added.Count);
        var uids = new List<uint>(_contents.Length + added.Count);
        int next = 0;
        for (int i = 0; i <= _contents.Length; i++)
        {
            for (; next < added.Count && (i == _contents.Length || added[next].ContentId < _contents[i]); next++)
            {
                contents.Add(added[next].ContentId);
                uids.Add(added[next].Uid);
            }
            if (i == _contents.Length || (gone.Count > 0 && gone.Contains(_uids[i])))
                continue;
            contents.Add(_contents[i]);
            uids.Add(_uids[i]);
        }
        return new FolderMap(now, [.. contents], [.. uids]);
    }
}
