using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>CLOSE, which removes what is marked as deleted without telling, and UNSELECT, which does not.</summary>
internal static class CloseCommand
{
    public static async ValueTask<Reply> CloseAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        if (!command.Arguments.ExpectEnd()) return command.Wrong();
        var folder = session.Selected!;
        // RFC 4314 §4: without the right to expunge it only closes.
        if (!folder.ReadOnly && (folder.Rights & FolderRights.Expunge) != 0) await session.Store.ExpungeAsync(folder.Id, null, cancellationToken);
        session.Select(null);
        return Reply.Ok("Closed");
    }

    public static ValueTask<Reply> UnselectAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        if (!command.Arguments.ExpectEnd()) return new(command.Wrong());
        session.Select(null);
        return new(Reply.Ok("Closed"));
    }
}
