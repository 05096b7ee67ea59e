using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>GETACL, SETACL and DELETEACL: who may do what with a mailbox. RFC 4314 §3. A minus before an identifier takes rights away.</summary>
internal static class AclCommand
{
    public static async ValueTask<Reply> GetAclAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var name) || !reader.ExpectEnd()) return command.Wrong();
        if (await session.FindMailboxAsync(name, cancellationToken) is not { } folder) return Reply.No("No such mailbox", "NONEXISTENT");
        var entries = await session.Store.ReadAclAsync(folder.Id, cancellationToken);
        // All is known before the line begins: the directory may be away, and in the middle of a response nothing else can be said.
        var named = new List<(string Identifier, FolderRights Rights)>(entries.Count + 1);
        if (await AclNames.NameAsync(session.Accounts, AclIdentifier.Account(folder.AccountId), cancellationToken) is { } owner)
            named.Add((owner, FolderRights.All));
        foreach (var entry in entries)
        {
            // Whoever is gone has no name any more, and no rights.
            if (await AclNames.NameAsync(session.Accounts, entry.Identifier, cancellationToken) is { } identifier)
                named.Add((entry.IsNegative ? "-" + identifier : identifier, entry.Rights));
        }

        session.Writer.Raw("* ACL "u8).Mailbox(folder.Path);
        foreach (var (identifier, rights) in named) session.Writer.Raw(" "u8).String(identifier).Raw(" "u8).String(RightsText.FormatWithOlder(rights));
        session.Writer.End();
        return Reply.Ok("Done");
    }

    public static async ValueTask<Reply> SetAclAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var name) || !reader.Expect(' ') || !reader.TryAString(out var identifier)
            || !reader.Expect(' ') || !reader.TryAString(out var change) || !reader.ExpectEnd()) return command.Wrong();
        var mode = change.StartsWith('+') ? FlagMode.Add : change.StartsWith('-') ? FlagMode.Remove : FlagMode.Replace;
        // RFC 4314 §3.1: a right that the server does not know makes the command wrong.
        if (!RightsText.TryParse(mode == FlagMode.Replace ? change : change.AsSpan(1), out var rights)) return Reply.Bad("Unknown right");
        return await ChangeAsync(session, name, identifier, mode, rights, cancellationToken);
    }

    public static async ValueTask<Reply> DeleteAclAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var name) || !reader.Expect(' ') || !reader.TryAString(out var identifier)
            || !reader.ExpectEnd()) return command.Wrong();
        return await ChangeAsync(session, name, identifier, FlagMode.Replace, FolderRights.None, cancellationToken);
    }

    private static async ValueTask<Reply> ChangeAsync(
        ImapSession session, string name, string identifier, FlagMode mode, FolderRights rights, CancellationToken cancellationToken)
    {
        if (await session.FindMailboxAsync(name, cancellationToken) is not { } folder) return Reply.No("No such mailbox", "NONEXISTENT");
        // Asked before the directory is: who may not change rights here does not learn who there is.
        if ((await session.Mailboxes.RightsAsync(folder, cancellationToken) & FolderRights.Administer) == 0)
            return Reply.No("The rights to this mailbox do not allow it", "NOPERM");
        var negative = identifier.StartsWith('-');
        if (await AclNames.FindAsync(session.Accounts, negative ? identifier[1..] : identifier, cancellationToken) is not { } whom)
            return Reply.No("There is nobody of this name", "NONEXISTENT");
        if (whom == AclIdentifier.Account(folder.AccountId)) return Reply.No("The owner has all rights", "CANNOT");
        await session.Store.ChangeAclAsync(folder.Id, whom, negative, mode, rights, cancellationToken);
        return Reply.Ok("Done");
    }
}
