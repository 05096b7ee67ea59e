using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>SELECT and EXAMINE: opens a mailbox, and with QRESYNC brings a client's old knowledge of it up to date.</summary>
internal static class SelectCommand
{
    // Messages that are looked through for the first unseen one.
    private const int MostForUnseen = 5000;

    public static ValueTask<Reply> SelectAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken) =>
        RunAsync(session, command, false, cancellationToken);

    public static ValueTask<Reply> ExamineAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken) =>
        RunAsync(session, command, true, cancellationToken);

    private static async ValueTask<Reply> RunAsync(
        ImapSession session, ImapCommand command, bool readOnly, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        QResyncParameters? resync = null;
        if (!reader.Expect(' ') || !reader.TryAString(out var name)) return command.Wrong();
        if (reader.Take(' ') && !QResyncParameters.TryParse(session, reader, out resync)) return command.Wrong();
        if (!reader.ExpectEnd()) return command.Wrong();

        // RFC 9051 §6.3.2: the old mailbox is closed even if the new one can't be opened.
        if (session.Selected is not null)
        {
            session.Select(null);
            session.Writer.Raw("* OK [CLOSED] The previous mailbox is closed\r\n"u8);
        }

        if (await session.FindMailboxAsync(name, cancellationToken) is not { } folder) return Reply.No("No such mailbox", "NONEXISTENT");
        var rights = await session.Mailboxes.RightsAsync(folder, cancellationToken);
        // RFC 4314 §5.2: who may change nothing in it has it for reading only.
        readOnly |= (rights & SelectedFolder.ToChange) == 0;
        var selected = new SelectedFolder(session.Store, folder, rights, readOnly);
        session.Select(selected);
        try
        {
            var opened = await session.Store.OpenFolderAsync(folder.Id, cancellationToken);
            var now = opened.Folder;
            selected.Load(opened);
            WriteState(
                session, selected, now with { Path = folder.Path }, await FirstUnseenAsync(session, selected, now, cancellationToken));
            if (resync is not null && resync.UidValidity == now.UidValidity)
                await ResyncAsync(session, selected, resync, cancellationToken);
        }
        catch
        {
            session.Select(null);
            throw;
        }

        return Reply.Ok(readOnly ? "Examined" : "Selected", readOnly ? "READ-ONLY" : "READ-WRITE");
    }

    // RFC 3501 §7.1: a client assumes nothing where it is missing, and IMAP4rev2 has dropped it. So it is told where it is cheap.
    private static async ValueTask<int> FirstUnseenAsync(
        ImapSession session, SelectedFolder selected, Folder folder, CancellationToken cancellationToken)
    {
        if (session.Rev2 || folder.Unseen == 0 || folder.Exists > MostForUnseen) return 0;
        var (_, items) = await session.Store.ReadFolderAsync(folder.Id, cancellationToken);
        return items.FirstOrDefault(item => (item.Flags & ItemFlags.Seen) == 0) is { } first ? selected.NumberOf(first.Uid) : 0;
    }

    private static void WriteState(ImapSession session, SelectedFolder selected, Folder folder, int firstUnseen)
    {
        var writer = session.Writer;
        ChangeAnnouncer.WriteFlags(session, selected);
        ChangeAnnouncer.WriteExists(session, selected);
        if (firstUnseen > 0) writer.Text($"* OK [UNSEEN {firstUnseen}] The first unseen message").End();
        writer.Text(selected.ReadOnly
            ? "* OK [PERMANENTFLAGS ()] Nothing can be changed"
            : $"* OK [PERMANENTFLAGS ({PermanentFlags(selected.Rights)})] Flags and keywords").End();
        writer.Text($"* OK [UIDVALIDITY {folder.UidValidity}] UIDs are valid").End();
        writer.Text($"* OK [UIDNEXT {folder.UidNext}] The next UID").End();
        writer.Text($"* OK [MAILBOXID ({ObjectId.Of(folder)})] The id of the mailbox").End();
        // RFC 7162 §7: mod-sequence-value is not zero.
        writer.Text($"* OK [HIGHESTMODSEQ {Math.Max(1, folder.HighestModSeq)}] The latest change").End();
        if (session.Rev2) writer.Raw("* LIST () \"/\" "u8).Mailbox(folder.Path).End();
    }

    // RFC 4314 §5.1.1
    private static string PermanentFlags(FolderRights rights)
    {
        var flags = new List<string>(6);
        if ((rights & FolderRights.Write) != 0) flags.AddRange(["\\Answered", "\\Flagged"]);
        if ((rights & FolderRights.DeleteItems) != 0) flags.Add("\\Deleted");
        if ((rights & FolderRights.Seen) != 0) flags.Add("\\Seen");
        if ((rights & FolderRights.Write) != 0) flags.AddRange(["\\Draft", "\\*"]);
        return string.Join(' ', flags);
    }

    private static async ValueTask ResyncAsync(
        ImapSession session, SelectedFolder selected, QResyncParameters resync, CancellationToken cancellationToken)
    {
        var changes = await session.Store.ReadChangesAsync(selected.Id, resync.ModSeq, cancellationToken);
        // What went since the mailbox was loaded a moment ago is told later, as any other change.
        var gone = changes.Vanished.Where(uid => selected.NumberOf(uid) == 0
            && (resync.KnownUids is null || resync.KnownUids.Contains(uid, selected.LastUid))).ToList();
        if (gone.Count > 0) session.Writer.Text($"* VANISHED (EARLIER) {UidSet.Format(gone)}").End();
        foreach (var item in changes.Changed)
        {
            if (selected.NumberOf(item.Uid) is var number and > 0) ChangeAnnouncer.WriteFlagsOf(session, number, item, true);
            await session.Writer.FlushIfMuchAsync(cancellationToken);
        }
    }
}
