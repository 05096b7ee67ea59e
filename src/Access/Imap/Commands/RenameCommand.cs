using UnifiedMsg.Access.Imap.Session;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>RENAME: a mailbox and those below it; of INBOX its messages move and it stays.</summary>
internal static class RenameCommand
{
    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var from) || !reader.Expect(' ') || !reader.TryAString(out var to)
            || !reader.ExpectEnd()) return command.Wrong();
        if (!session.TryPath(from, out var path)) return Reply.No("No such mailbox", "NONEXISTENT");
        if (!session.TryPath(to, out var newPath)) return Reply.No("Bad mailbox name", "CANNOT");
        await session.Store.RenameFolderAsync(session.AccountId, path, newPath, cancellationToken);
        return Reply.Ok("Renamed");
    }
}
