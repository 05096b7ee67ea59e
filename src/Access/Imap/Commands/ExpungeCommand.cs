using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Access.Imap.Wire;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>EXPUNGE and UID EXPUNGE: removes messages marked as deleted. The change feed tells the client which.</summary>
internal static class ExpungeCommand
{
    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var folder = session.Selected!;
        List<uint>? uids = null;
        if (command.ByUid)
        {
            if (!command.Arguments.Expect(' ') || !SequenceSet.TryParse(command.Arguments, out var set)) return command.Wrong();
            uids = await session.ResolveAsync(set, true, cancellationToken);
        }

        if (!command.Arguments.ExpectEnd()) return command.Wrong();
        if (folder.ReadOnly) return Reply.No("The mailbox is open for reading only", "NOPERM");
        await session.Store.ExpungeAsync(folder.Id, uids, cancellationToken);
        folder.Touch();
        return Reply.Ok("Expunged");
    }
}
