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
        if (await session.LocateMailboxAsync(from, cancellationToken) is not { } place) return Reply.No("No such mailbox", "NONEXISTENT");
        if (await session.LocateMailboxAsync(to, cancellationToken) is not { } target) return Reply.No("Bad mailbox name", "CANNOT");
        if (place.AccountId != target.AccountId) return Reply.No("A mailbox stays with its owner", "CANNOT");
        await session.Store.RenameFolderAsync(place.AccountId, place.Path, target.Path, cancellationToken);
        return Reply.Ok("Renamed");
    }
}
