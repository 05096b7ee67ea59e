using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>Ids of mailboxes, contents and threads as clients see them: a letter for the kind, so that none is taken for another. RFC 8474.</summary>
internal static class ObjectId
{
    /// <summary>MAILBOXID: stays when the mailbox is renamed.</summary>
    public static string Of(Folder folder) => $"F{folder.Id}";

    /// <summary>EMAILID: the same for a message and its copies, wherever they are moved.</summary>
    public static string Email(Item item) => $"M{item.EmailId}";

    /// <summary>THREADID, or null while the thread is still to be found out.</summary>
    public static string? Thread(Item item) => item.ThreadId == 0 ? null : $"T{item.ThreadId}";
}
