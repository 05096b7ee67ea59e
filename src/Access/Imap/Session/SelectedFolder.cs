using System.Threading.Channels;
using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Session;

/// <summary>
/// What the client has been told of the selected mailbox: which UID stands at which message number. It changes only when the
/// client is told (RFC 9051 §7.4.1, §7.5.1), whatever happens in the store meanwhile.
/// </summary>
internal sealed class SelectedFolder : IDisposable
{
    private readonly Channel<bool> _notices = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly Dictionary<uint, long> _told = [];
    private readonly IDisposable _subscription;

    /// <summary>Begins to listen for changes; fill it by <see cref="Load"/> after that, so that none is missed.</summary>
    public SelectedFolder(IStore store, Folder folder, FolderRights rights, bool readOnly)
    {
        Id = folder.Id;
        Rights = rights;
        ReadOnly = readOnly;
        _subscription = store.Subscribe(folder.AccountId, notice =>
        {
            if (notice.FolderId == folder.Id) _notices.Writer.TryWrite(true);
        });
    }

    /// <summary>The folder's id.</summary>
    public long Id { get; }

    /// <summary>Rights of which one at least makes a mailbox one that is not for reading only.</summary>
    public const FolderRights ToChange =
        FolderRights.Seen | FolderRights.Write | FolderRights.Insert | FolderRights.DeleteItems | FolderRights.Expunge;

    /// <summary>What the person may do with it, as it was when it was opened; the store looks each time.</summary>
    public FolderRights Rights { get; }

    /// <summary>Whether it was opened by EXAMINE, or for want of rights.</summary>
    public bool ReadOnly { get; }

    /// <summary>The UIDs by message number, ascending.</summary>
    public UidList Uids { get; private set; } = new();

    /// <summary>The largest UID that was ever told.</summary>
    public uint LastUid { get; set; }

    /// <summary>Everything up to this change number is told or waits in <see cref="Gone"/>.</summary>
    public long ModSeq { get; set; }

    /// <summary>UIDs that are gone but must not be told yet.</summary>
    public HashSet<uint> Gone { get; } = [];

    /// <summary>The keywords told in FLAGS.</summary>
    public HashSet<string> Keywords { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The result saved by SEARCH RETURN (SAVE), ascending.</summary>
    public List<uint> SavedSearch { get; set; } = [];

    /// <summary>Takes over the state of the folder.</summary>
    public void Load(OpenedFolder opened)
    {
        ModSeq = opened.Folder.HighestModSeq;
        LastUid = opened.Folder.UidNext - 1;
        Uids = opened.Uids;
        Keywords.UnionWith(opened.Keywords);
    }

    /// <summary>Has the next reply look for changes: after a command of our own that made some.</summary>
    public void Touch() => _notices.Writer.TryWrite(true);

    /// <summary>The UIDs that a set stands for, ascending; false when it names a message number that is not there.</summary>
    public bool TryResolve(SequenceSet set, bool byUid, out List<uint> uids)
    {
        if (set.IsSaved)
        {
            uids = [.. SavedSearch.Where(uid => NumberOf(uid) > 0)];
            return true;
        }

        if (!byUid) return set.TrySelectNumbers(Uids, out uids);
        uids = set.SelectUids(Uids);
        return true;
    }

    /// <summary>Whether the folder changed since this was last asked.</summary>
    public bool TakeNotice() => _notices.Reader.TryRead(out _);

    /// <summary>Completes when the folder changes.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) =>
        await _notices.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>The message number of a UID, or 0.</summary>
    public int NumberOf(uint uid) => Uids.NumberOf(uid);

    /// <summary>Notes that the client knows an item in this state, because it asked for it itself.</summary>
    public void MarkTold(Item item) => _told[item.Uid] = item.ModSeq;

    /// <summary>Whether the client knows the item in this state.</summary>
    public bool WasTold(Item item) => _told.TryGetValue(item.Uid, out var modSeq) && modSeq >= item.ModSeq;

    /// <summary>Forgets what was noted, once the change feed has been read past it.</summary>
    public void ForgetTold(long upTo)
    {
        if (_told.Count == 0) return;
        foreach (var (uid, _) in _told.Where(t => t.Value <= upTo).ToList()) _told.Remove(uid);
    }

    /// <summary>Ends the subscription.</summary>
    public void Dispose() => _subscription.Dispose();
}
