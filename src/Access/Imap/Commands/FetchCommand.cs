using UnifiedMsg.Access.Imap.Commands.Fetch;
using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Mime;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>FETCH and UID FETCH: what the client asks for of each message, in batches, so that a large mailbox is never held.</summary>
internal static class FetchCommand
{
    // Messages read from the store at once: few enough to hold, many enough that the reads don't count.
    private const int Batch = 256;

    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !SequenceSet.TryParse(reader, out var set) || !reader.Expect(' ') || !FetchParser.TryParse(reader, out var items))
            return command.Wrong();
        long? changedSince = null;
        var vanished = false;
        if (reader.Take(' ') && !TryModifiers(reader, ref changedSince, ref vanished)) return command.Wrong();
        if (!reader.ExpectEnd()) return command.Wrong();
        if (vanished && (!command.ByUid || !session.QResync || changedSince is null)) return Reply.Bad("VANISHED is for UID FETCH with CHANGEDSINCE after ENABLE QRESYNC");

        Complete(items, session, command.ByUid, changedSince is not null);
        var folder = session.Selected!;
        if (await session.ResolveAsync(set, command.ByUid, cancellationToken) is not { } uids) return Reply.Bad("There is no message of this number");
        if (changedSince is not null)
            uids = await NarrowAsync(session, folder, set, uids, changedSince.Value, vanished, cancellationToken);
        var outcome = await WriteAllAsync(session, folder, uids, items, cancellationToken);
        // RFC 5530 §3: the other messages were sent, and the log names what is damaged.
        if (outcome == FetchOutcome.Unreadable) return Reply.No("Some messages can't be read", "CORRUPTION");
        // RFC 2180 §4.1.2: the client is to know that something is missing, not only to find less than it asked for.
        return outcome == FetchOutcome.Written || command.ByUid ? Reply.Ok("Done") : Reply.No("Some messages are gone", "EXPUNGEISSUED");
    }

    // "(" fetch-modifier *(SP fetch-modifier) ")"; RFC 7162 §3.1.4, §3.2.6
    private static bool TryModifiers(WireReader reader, ref long? changedSince, ref bool vanished)
    {
        long? since = null;
        var gone = false;
        var done = reader.TryList(() =>
        {
            if (reader.TakeWord("VANISHED"u8)) return gone = true;
            if (!reader.TakeWord("CHANGEDSINCE"u8) || !reader.Expect(' ') || !reader.TryNumber(out long number)) return reader.Fail("Unknown fetch modifier");
            since = number;
            return true;
        });
        (changedSince, vanished) = (since, gone);
        return done;
    }

    // UID FETCH tells UIDs (RFC 9051 §6.4.9); whoever asks about modseqs gets them from then on (RFC 7162 §3.1).
    private static void Complete(List<FetchItem> items, ImapSession session, bool byUid, bool changedSince)
    {
        if (changedSince || items.Exists(i => i.Kind == FetchKind.ModSeq)) session.CondStore = true;
        if (byUid && !items.Exists(i => i.Kind == FetchKind.Uid)) items.Insert(0, new FetchItem(FetchKind.Uid, "UID"));
        var wantsModSeq = changedSince || (session.CondStore && items.Exists(i => i.Kind == FetchKind.Flags));
        if (wantsModSeq && !items.Exists(i => i.Kind == FetchKind.ModSeq)) items.Add(new FetchItem(FetchKind.ModSeq, "MODSEQ"));
    }

    private static async ValueTask<List<uint>> NarrowAsync(
        ImapSession session, SelectedFolder folder, SequenceSet set, List<uint> uids, long since, bool vanished, CancellationToken cancellationToken)
    {
        var changes = await session.Store.ReadChangesAsync(folder.Id, since, cancellationToken);
        if (vanished)
        {
            var gone = changes.Vanished.Where(uid => folder.NumberOf(uid) == 0 && set.Contains(uid, folder.LastUid)).ToList();
            if (gone.Count > 0) session.Writer.Text($"* VANISHED (EARLIER) {UidSet.Format(gone)}").End();
        }

        var changed = changes.Changed.Select(i => i.Uid).ToHashSet();
        return uids.FindAll(changed.Contains);
    }

    // The worst of what became of them.
    private static async ValueTask<FetchOutcome> WriteAllAsync(
        ImapSession session, SelectedFolder folder, List<uint> uids, List<FetchItem> wanted, CancellationToken cancellationToken)
    {
        var writer = new FetchWriter(session, wanted);
        var marksSeen = !folder.ReadOnly && (folder.Rights & FolderRights.Seen) != 0 && wanted.Exists(i => !i.Peek);
        var worst = FetchOutcome.Written;
        for (var start = 0; start < uids.Count; start += Batch)
        {
            var batch = uids.GetRange(start, Math.Min(Batch, uids.Count - start));
            var items = await session.Store.FindItemsAsync(folder.Id, batch, cancellationToken);
            if (items.Count < batch.Count) worst = Worse(worst, FetchOutcome.Gone);
            var seen = marksSeen ? await MarkSeenAsync(session, folder, items, cancellationToken) : null;
            var summaries = writer.NeedsSummary
                ? await session.Store.ReadSummariesAsync([.. items.Select(i => i.Id)], cancellationToken) : null;
            foreach (var item in items)
            {
                MessageSummary? summary = null;
                summaries?.TryGetValue(item.Id, out summary);
                Item? changed = null;
                seen?.TryGetValue(item.Uid, out changed);
                var outcome = await writer.WriteAsync(folder.NumberOf(item.Uid), changed ?? item, summary, changed is not null, cancellationToken);
                // Where no response says it, the change is told as anybody's is.
                if (changed is not null && outcome == FetchOutcome.Written) folder.MarkTold(changed);
                worst = Worse(worst, outcome);
                await session.Writer.FlushIfMuchAsync(cancellationToken);
            }
        }

        return worst;
    }

    private static FetchOutcome Worse(FetchOutcome one, FetchOutcome other) => (FetchOutcome)Math.Max((int)one, (int)other);

    // RFC 9051 §6.4.5: reading a body sets \Seen, and the response says so.
    private static async ValueTask<Dictionary<uint, Item>?> MarkSeenAsync(
        ImapSession session, SelectedFolder folder, IReadOnlyList<Item> items, CancellationToken cancellationToken)
    {
        var unseen = items.Where(i => (i.Flags & ItemFlags.Seen) == 0).Select(i => i.Uid).ToList();
        if (unseen.Count == 0) return null;
        var result = await session.Store.ChangeFlagsAsync(
            folder.Id, unseen, new FlagChange(FlagMode.Add, ItemFlags.Seen), null, cancellationToken);
        folder.Touch();
        return result.Items.ToDictionary(i => i.Uid);
    }
}
