using UnifiedMsg.Database;
using UnifiedMsg.Store.Changes;
using UnifiedMsg.Store.Folders;

namespace UnifiedMsg.Store.Items;

/// <summary>Changes flags and keywords. RFC 9051 §6.4.6, RFC 7162 §3.1.3.</summary>
internal sealed class FlagChanger(ChangeFeed feed, StoreOptions options)
{
    public async ValueTask<FlagResult> ChangeAsync(
        IWriteSession session, long folderId, uint[] sorted, FlagChange change, long? unchangedSince, FlagMask? mask = null)
    {
        await AccountLock.TakeOwnerAsync(session, folderId);
        await FolderReader.RequireAsync(session, folderId);
        IReadOnlyList<string> keywords = Keywords.Require(change.Keywords, options.MaxKeywords);
        var work = new Plan(sorted.Length);
        int next = 0;
        foreach ((uint first, uint last) in UidRanges.Covering(sorted))
        {
            // What lies between is read too: only so is it known which rows one statement may change together.
            foreach (StoredItem stored in await ItemReader.ReadRangeAsync(session, folderId, first, last))
            {
                while (sorted[next] < stored.Item.Uid)
                    next++;
                work.Add(stored.Item, sorted[next] == stored.Item.Uid, unchangedSince, item => Apply(item, change, keywords, mask ?? FlagMask.All));
            }
            work.EndRun();
        }
        if (work.Runs.Count > 0)
            await WriteAsync(session, folderId, work);
        return new FlagResult(work.Items, work.Modified);
    }

    private async ValueTask WriteAsync(IWriteSession session, long folderId, Plan work)
    {
        Change number = await ModSeq.NextAsync(session, folderId);
        foreach (Run run in work.Runs)
        {
            await session.PostAsync(
                "UPDATE store_items SET flags = @p3, keywords = @p4, modseq = @p5 WHERE folder_id = @p0 AND uid BETWEEN @p1 AND @p2",
                folderId, run.First, run.Last, (int)run.Flags, run.Keywords, number.ModSeq);
        }
        foreach (int index in work.Changed)
            work.Items[index] = work.Items[index] with { ModSeq = number.ModSeq };
        await work.Counters.ApplyAsync(session, folderId, number.ModSeq, newUids: 0);
        feed.PublishOnCommit(session, new ChangeNotice(number.AccountId, folderId, number.ModSeq, work.Kinds));
    }

    private Item Apply(Item item, FlagChange change, IReadOnlyList<string> keywords, FlagMask mask)
    {
        ItemFlags flags = change.Mode switch
        {
            FlagMode.Replace => change.Flags,
            FlagMode.Add => item.Flags | change.Flags,
            _ => item.Flags & ~change.Flags,
        };
        flags = (flags & mask.Flags) | (item.Flags & ~mask.Flags);
        IReadOnlyList<string> after =
            mask.Keywords ? Keywords.Apply(item.Keywords, change.Mode, keywords, options.MaxKeywords) : item.Keywords;
        return flags == item.Flags && Keywords.AreSame(after, item.Keywords) ? item : item with { Flags = flags, Keywords = after };
    }

    /// <summary>Neighbours that become the same: no other item lies between the first and the last.</summary>
    private readonly record struct Run(uint First, uint Last, ItemFlags Flags, string? Keywords);

    private sealed class Plan(int capacity)
    {
        private bool _open;

        public FolderCounters Counters;

        public List<Item> Items { get; } = new(capacity);

        public List<uint> Modified { get; } = [];

        public List<int> Changed { get; } = [];

        public List<Run> Runs { get; } = [];

        public int Kinds { get; private set; }

        public void Add(Item item, bool asked, long? unchangedSince, Func<Item, Item> apply)
        {
            if (asked && item.ModSeq > unchangedSince)
            {
                Modified.Add(item.Uid);
                asked = false;
            }
            else if (asked)
            {
                Item after = apply(item);
                Items.Add(after);
                if (!ReferenceEquals(after, item))
                {
                    AddChanged(item, after);
                    return;
                }
            }
            EndRun();
        }

        /// <summary>What comes next is no neighbour of what came last.</summary>
        public void EndRun() => _open = false;

        private void AddChanged(Item before, Item after)
        {
            Changed.Add(Items.Count - 1);
            Kinds |= 1 << (int)after.Kind;
            Counters.CountFlags(before.Flags, -1);
            Counters.CountFlags(after.Flags, 1);
            string? keywords = Keywords.Format(after.Keywords);
            if (_open && Runs[^1].Flags == after.Flags && Runs[^1].Keywords == keywords)
                Runs[^1] = Runs[^1] with { Last = after.Uid };
            else
                Runs.Add(new Run(after.Uid, after.Uid, after.Flags, keywords));
            _open = true;
        }
    }
}
