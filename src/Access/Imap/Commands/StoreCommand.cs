using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>STORE and UID STORE: changes flags and keywords.</summary>
internal static class StoreCommand
{
    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !SequenceSet.TryParse(reader, out var set) || !reader.Expect(' ')) return command.Wrong();
        long? unchangedSince = null;
        if (reader.Take('('))
        {
            if (!reader.TakeWord("UNCHANGEDSINCE"u8) || !reader.Expect(' ') || !reader.TryNumber(out long since) || !reader.Expect(')')
                || !reader.Expect(' ')) return command.Wrong();
            unchangedSince = since;
            session.CondStore = true;
        }

        var mode = reader.Take('+') ? FlagMode.Add : reader.Take('-') ? FlagMode.Remove : FlagMode.Replace;
        if (!reader.TryKeyword(out var word) || !reader.Expect(' ')) return command.Wrong();
        if (word is not ("FLAGS" or "FLAGS.SILENT")) return Reply.Bad("Unknown item to store");
        if (!ImapFlags.TryParseStore(reader, out var flags, out var keywords) || !reader.ExpectEnd()) return command.Wrong();

        var folder = session.Selected!;
        if (folder.ReadOnly) return Reply.No("The mailbox is open for reading only", "NOPERM");
        if (await session.ResolveAsync(set, command.ByUid, cancellationToken) is not { } uids) return Reply.Bad("There is no message of this number");
        if (uids.Count == 0) return Reply.Ok("Nothing to store");
        var result = await StoreAsync(session, folder, uids, new FlagChange(mode, flags, keywords), unchangedSince, word == "FLAGS.SILENT", cancellationToken);
        return Finish(folder, result, command.ByUid, uids);
    }

    // RFC 9051 §6.4.6: what others changed is told also after .SILENT; once our own change lies over it, it can't be told apart. The notice of
    // it may be on its way still, so what changed since the client was last told is stored to on its own, and told as others' changes are.
    private static async ValueTask<FlagResult> StoreAsync(
        ImapSession session, SelectedFolder folder, List<uint> uids, FlagChange change, long? unchangedSince, bool silent, CancellationToken cancellationToken)
    {
        await ChangeAnnouncer.AnnounceAsync(session, false, cancellationToken);
        var told = silent ? Math.Min(folder.ModSeq, unchangedSince ?? long.MaxValue) : unchangedSince;
        var result = await session.Store.ChangeFlagsAsync(folder.Id, uids, change, told, cancellationToken);
        await TellAsync(session, folder, result, silent);
        if (told == unchangedSince || result.Modified.Count == 0) return result;
        var untold = await session.Store.ChangeFlagsAsync(folder.Id, result.Modified, change, unchangedSince, cancellationToken);
        return new FlagResult([.. result.Items, .. untold.Items], untold.Modified);
    }

    private static async ValueTask TellAsync(ImapSession session, SelectedFolder folder, FlagResult result, bool silent)
    {
        if (result.Items.Any(item => item.Keywords.Any(keyword => folder.Keywords.Add(keyword)))) ChangeAnnouncer.WriteFlags(session, folder);
        foreach (var item in result.Items)
        {
            var number = folder.NumberOf(item.Uid);
            if (number == 0) continue;
            folder.MarkTold(item);
            if (!silent)
            {
                ChangeAnnouncer.WriteFlagsOf(session, number, item);
            }
            else if (session.CondStore)
            {
                // RFC 7162 §3.1.3: the new modseq is told even so.
                session.Writer.Raw("* "u8).Number(number).Raw(" FETCH (UID "u8).Number(item.Uid).Raw(" MODSEQ ("u8).Number(item.ModSeq).Raw("))\r\n"u8);
            }

            // What is done is told also while the server stops.
            await session.Writer.FlushIfMuchAsync(CancellationToken.None);
        }
    }

    private static Reply Finish(SelectedFolder folder, FlagResult result, bool byUid, List<uint> uids)
    {
        folder.Touch();
        if (result.Modified.Count > 0)
        {
            var numbers = byUid ? result.Modified : [.. result.Modified.Select(uid => (uint)folder.NumberOf(uid)).Where(n => n > 0)];
            return Reply.Ok("Some messages were changed meanwhile", $"MODIFIED {UidSet.Format(numbers)}");
        }

        // RFC 2180 §4.2: messages that another session removed can't be stored to.
        return !byUid && result.Items.Count < uids.Count ? Reply.No("Some messages are gone", "EXPUNGEISSUED") : Reply.Ok("Stored");
    }
}
