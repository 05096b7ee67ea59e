using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Access.Imap.Wire;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>CREATE: a mailbox and the levels above it.</summary>
internal static class CreateCommand
{
    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var name) || !reader.ExpectEnd()) return command.Wrong();
        // A separator at the end says that mailboxes below it are to come; the name is without it.
        if (!session.TryPath(name.TrimEnd(ListPattern.Separator), out var path)) return Reply.No("Bad mailbox name", "CANNOT");
        await session.Store.CreateFolderAsync(session.AccountId, path, cancellationToken: cancellationToken);
        return Reply.Ok("Created");
    }
}
