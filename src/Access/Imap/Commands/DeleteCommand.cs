using UnifiedMsg.Access.Imap.Session;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>DELETE: a mailbox with its messages.</summary>
internal static class DeleteCommand
{
    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var name) || !reader.ExpectEnd()) return command.Wrong();
        if (await session.LocateMailboxAsync(name, cancellationToken) is not { } place) return Reply.No("No such mailbox", "NONEXISTENT");
        var folder = await session.Store.FindFolderAsync(place.AccountId, place.Path, cancellationToken);
        await session.Store.DeleteFolderAsync(place.AccountId, place.Path, cancellationToken);
        if (folder is not null && session.Selected?.Id == folder.Id) session.Select(null);
        return Reply.Ok("Deleted");
    }
}
