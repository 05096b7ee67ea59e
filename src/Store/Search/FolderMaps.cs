using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Search;

/// <summary>Maps of the folders that were searched last: finding each of many hits in the database would take longer than finding the hits.</summary>
internal sealed class FolderMaps
{
    /// <summary>Items of all maps, 32 MB; so memory does not grow with the store.</summary>
    private const int MaxItems = (32 << 20) / FolderMap.OctetsPerItem;

    /// <summary>Items of one map; a larger folder is gone through.</summary>
    private const int MaxItemsOfOne = MaxItems / 2;

    private readonly Lock _lock = new();
    private readonly LinkedList<FolderMap> _maps = [];
    private readonly Dictionary<long, LinkedListNode<FolderMap>> _byFolder = [];
    private long _items;

    /// <summary>The map of a folder as it is in the snapshot; null when it is too large for one, or is not wanted that much.</summary>
    /// <param name="session">The snapshot.</param>
    /// <param name="folder">The folder in it.</param>
    /// <param name="makes">Whether to read all of the folder when there is no map yet.</param>
    public async ValueTask<FolderMap?> FindAsync(IReadSession session, Folder folder, bool makes)
    {
        if (folder.Exists > MaxItemsOfOne)
            return null;
        FolderMap? known = Find(folder.Id);
        FolderMap? map = known is null ? null : await known.FollowAsync(session, folder);
        if (map is null && makes)
            map = await FolderMap.ReadAsync(session, folder);
        if (map is not null)
            Keep(map);
        return map;
    }

    /// <summary>Whether there is a map of the folder, of now or of before.</summary>
    public bool Knows(long folderId) => Find(folderId) is not null;

    private FolderMap? Find(long folderId)
    {
        lock (_lock)
            return _byFolder.GetValueOrDefault(folderId)?.Value;
    }

    private void Keep(FolderMap map)
    {
        lock (_lock)
        {
            if (_byFolder.TryGetValue(map.Folder.Id, out LinkedListNode<FolderMap>? known))
            {
                // A search that began earlier has an older one.
                map = known.Value.Folder.HighestModSeq > map.Folder.HighestModSeq ? known.Value : map;
                Remove(known);
            }
            _byFolder[map.Folder.Id] = _maps.AddFirst(map);
            _items += map.Count;
            while (_items > MaxItems)
                Remove(_maps.Last!);
        }
    }

    private void Remove(LinkedListNode<FolderMap> node)
    {
        _maps.Remove(node);
        _byFolder.Remove(node.Value.Folder.Id);
        _items -= node.Value.Count;
    }
}
