using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>What STATUS can tell of a mailbox. RFC 9051 §6.3.11, RFC 7162 §3.1.7, RFC 7889, RFC 8474 §4.3, RFC 9208 §4.1.4.</summary>
internal static class StatusItems
{
    /// <summary>Reads the list of items.</summary>
    public static bool TryParse(WireReader reader, out List<string> items)
    {
        var list = items = [];
        return reader.TryList(() =>
        {
            if (!reader.TryKeyword(out var word)) return false;
            if (word is not ("MESSAGES" or "RECENT" or "UIDNEXT" or "UIDVALIDITY" or "UNSEEN" or "DELETED" or "SIZE" or "HIGHESTMODSEQ"
                or "APPENDLIMIT" or "DELETED-STORAGE" or "MAILBOXID")) return reader.Fail($"Unknown status item {word}");
            list.Add(word);
            return true;
        }) && (items.Count > 0 || reader.Fail("No status items"));
    }

    /// <summary>Writes a STATUS response.</summary>
    public static async ValueTask WriteAsync(ImapSession session, Folder folder, List<string> items, CancellationToken cancellationToken)
    {
        // RFC 9208 §4.1.4: octets that an EXPUNGE would free.
        var deleted = items.Contains("DELETED-STORAGE") && folder.Deleted > 0
            ? await session.Store.ReadDeletedSizeAsync(folder.Id, cancellationToken) : 0;
        // RFC 7162 §3.1: asking for HIGHESTMODSEQ is enabling.
        if (items.Contains("HIGHESTMODSEQ")) session.CondStore = true;
        session.Writer.Raw("* STATUS "u8).Mailbox(folder.Path).Raw(" ("u8);
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] == "MAILBOXID")
            {
                session.Writer.Text($"{(i == 0 ? "" : " ")}MAILBOXID ({ObjectId.Of(folder)})");
                continue;
            }

            long value = items[i] switch
            {
                "MESSAGES" => folder.Exists,
                "UIDNEXT" => folder.UidNext,
                "UIDVALIDITY" => folder.UidValidity,
                "UNSEEN" => folder.Unseen,
                "DELETED" => folder.Deleted,
                "SIZE" => folder.Size,
                "HIGHESTMODSEQ" => folder.HighestModSeq,
                "DELETED-STORAGE" => deleted,
                "APPENDLIMIT" => session.Options.MaxMessageSize,
                _ => 0,
            };
            session.Writer.Text(i == 0 ? items[i] : " " + items[i]).Raw(" "u8).Number(value);
        }

        session.Writer.Raw(")\r\n"u8);
    }
}
