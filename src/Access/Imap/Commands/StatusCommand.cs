using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>STATUS: the counters of a mailbox without selecting it.</summary>
internal static class StatusCommand
{
    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var name) || !reader.Expect(' ') || !StatusItems.TryParse(reader, out var items)
            || !reader.ExpectEnd()) return command.Wrong();
        if (await session.FindMailboxAsync(name, cancellationToken) is not { } folder) return Reply.No("No such mailbox", "NONEXISTENT");
        if ((await session.Mailboxes.RightsAsync(folder, cancellationToken) & FolderRights.Read) == 0) return Reply.No("It may not be read", "NOPERM");
        await StatusItems.WriteAsync(session, folder, items, cancellationToken);
        return Reply.Ok("Done");
    }
}
