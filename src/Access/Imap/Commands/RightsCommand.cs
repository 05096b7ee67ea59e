using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>LISTRIGHTS and MYRIGHTS. RFC 4314 §3.4, §3.5.</summary>
internal static class RightsCommand
{
    public static async ValueTask<Reply> MyRightsAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var name) || !reader.ExpectEnd()) return command.Wrong();
        if (await session.FindMailboxAsync(name, cancellationToken) is not { } folder) return Reply.No("No such mailbox", "NONEXISTENT");
        var rights = await session.Mailboxes.RightsAsync(folder, cancellationToken);
        session.Writer.Raw("* MYRIGHTS "u8).Mailbox(folder.Path).Raw(" "u8).String(RightsText.FormatWithOlder(rights)).End();
        return Reply.Ok("Done");
    }

    public static async ValueTask<Reply> ListRightsAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var name) || !reader.Expect(' ') || !reader.TryAString(out var identifier)
            || !reader.ExpectEnd()) return command.Wrong();
        if (await session.FindMailboxAsync(name, cancellationToken) is not { } folder) return Reply.No("No such mailbox", "NONEXISTENT");
        if ((await session.Mailboxes.RightsAsync(folder, cancellationToken) & FolderRights.Administer) == 0)
            return Reply.No("The rights to this mailbox do not allow it", "NOPERM");
        if (await AclNames.FindAsync(session.Accounts, identifier.TrimStart('-'), cancellationToken) is not { } whom)
            return Reply.No("There is nobody of this name", "NONEXISTENT");
        // The owner always has all; to others each right can be given by itself.
        var isOwner = whom == AclIdentifier.Account(folder.AccountId);
        var all = RightsText.Format(FolderRights.All);
        session.Writer.Raw("* LISTRIGHTS "u8).Mailbox(folder.Path).Raw(" "u8).String(identifier).Raw(" "u8).String(isOwner ? all : "");
        if (!isOwner) session.Writer.Text(" " + string.Join(' ', all.ToCharArray()));
        session.Writer.End();
        return Reply.Ok("Done");
    }
}
