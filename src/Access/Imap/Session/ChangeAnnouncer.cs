using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Session;

/// <summary>Tells a client what changed in its selected mailbox since it was last told.</summary>
internal static class ChangeAnnouncer
{
    /// <summary>Writes the changes; those that take messages away only if <paramref name="mayExpunge"/> (RFC 9051 §7.5.1). Not flushed.</summary>
    /// <exception cref="StoreException">The folder is gone.</exception>
    public static async ValueTask AnnounceAsync(ImapSession session, bool mayExpunge, CancellationToken cancellationToken)
    {
        if (session.Selected is not { } folder) return;
        if (folder.TakeNotice())
        {
            var changes = await ReadAsync(session, folder, cancellationToken);
            foreach (var uid in changes.Vanished) folder.Gone.Add(uid);
            if (mayExpunge) WriteGone(session, folder);
            WriteChanged(session, folder, changes.Changed);
            folder.ModSeq = changes.Folder.HighestModSeq;
            folder.ForgetTold(folder.ModSeq);
        }
        else if (mayExpunge && folder.Gone.Count > 0)
        {
            WriteGone(session, folder);
        }
    }

    // What can't be read now is still to be told.
    private static async ValueTask<FolderChanges> ReadAsync(ImapSession session, SelectedFolder folder, CancellationToken cancellationToken)
    {
        try
        {
            return await session.Store.ReadChangesAsync(folder.Id, folder.ModSeq, cancellationToken);
        }
        catch
        {
            folder.Touch();
            throw;
        }
    }

    private static void WriteGone(ImapSession session, SelectedFolder folder)
    {
        folder.Gone.RemoveWhere(uid => folder.NumberOf(uid) == 0);
        if (folder.Gone.Count == 0) return;
        if (session.QResync)
        {
            // RFC 7162 §3.2.10
            session.Writer.Text($"* VANISHED {UidSet.Format([.. folder.Gone.Order()])}").End();
        }
        else
        {
            // From the last to the first, so that no number told here is shifted by the one before.
            foreach (var uid in folder.Gone.OrderDescending())
                session.Writer.Raw("* "u8).Number(folder.NumberOf(uid)).Raw(" EXPUNGE\r\n"u8);
        }

        folder.Uids.Remove(folder.Gone);
        folder.SavedSearch.RemoveAll(folder.Gone.Contains);
        folder.Gone.Clear();
    }

    private static void WriteChanged(ImapSession session, SelectedFolder folder, IReadOnlyList<Item> changed)
    {
        var firstNew = folder.Uids.Count;
        foreach (var item in changed)
        {
            if (item.Uid <= folder.LastUid) continue;
            folder.Uids.Add(item.Uid);
            folder.LastUid = item.Uid;
        }

        if (changed.Any(item => item.Keywords.Any(keyword => folder.Keywords.Add(keyword)))) WriteFlags(session, folder);
        if (folder.Uids.Count > firstNew) WriteExists(session, folder);
        foreach (var item in changed)
        {
            var number = folder.NumberOf(item.Uid);
            if (number == 0 || number > firstNew || folder.WasTold(item)) continue;
            WriteFlagsOf(session, number, item);
        }
    }

    /// <summary>Writes EXISTS, and RECENT for clients of IMAP4rev1, who may count on it.</summary>
    public static void WriteExists(ImapSession session, SelectedFolder folder)
    {
        session.Writer.Raw("* "u8).Number(folder.Uids.Count).Raw(" EXISTS\r\n"u8);
        if (!session.Rev2) session.Writer.Raw("* 0 RECENT\r\n"u8);
    }

    /// <summary>Writes the flags that messages of the mailbox have.</summary>
    public static void WriteFlags(ImapSession session, SelectedFolder folder)
    {
        var keywords = string.Concat(folder.Keywords.Order(StringComparer.OrdinalIgnoreCase).Take(ImapLimits.ListItems).Select(k => " " + k));
        session.Writer.Text($"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft{keywords})").End();
    }

    /// <summary>Writes a FETCH response with the flags of one message.</summary>
    public static void WriteFlagsOf(ImapSession session, int number, Item item, bool withModSeq = false)
    {
        session.Writer.Raw("* "u8).Number(number).Raw(" FETCH (UID "u8).Number(item.Uid).Raw(" "u8);
        WriteFlagsItem(session.Writer, item);
        if (withModSeq || session.CondStore) session.Writer.Raw(" MODSEQ ("u8).Number(item.ModSeq).Raw(")"u8);
        session.Writer.Raw(")\r\n"u8);
    }

    /// <summary>Writes <c>FLAGS (…)</c>.</summary>
    public static void WriteFlagsItem(ResponseWriter writer, Item item)
    {
        writer.Raw("FLAGS ("u8);
        var first = true;
        foreach (var (flag, name) in ImapFlags.System)
        {
            if ((item.Flags & flag) == 0) continue;
            writer.Text(first ? name : " " + name);
            first = false;
        }

        foreach (var keyword in item.Keywords)
        {
            writer.Text(first ? keyword : " " + keyword);
            first = false;
        }

        writer.Raw(")"u8);
    }
}
