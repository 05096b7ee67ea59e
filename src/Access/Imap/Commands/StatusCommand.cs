using UnifiedMsg.Access.Imap.Session;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>STATUS: the counters of a mailbox without selecting it.</summary>
internal static class StatusCommand
{
    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var name) || !reader.Expect(' ') || !StatusItems.TryParse(reader, out var items)
            || !reader.ExpectEnd()) return command.Wrong();
        if (!session.TryPath(name, out var path)) return Reply.No("No such mailbox", "NONEXISTENT");
        var folder = await session.Store.FindFolderAsync(session.AccountId, path, cancellationToken);
        if (folder is null) return Reply.No("No such mailbox", "NONEXISTENT");
        await StatusItems.WriteAsync(session, folder, items, cancellationToken);
        return Reply.Ok("Done");
    }
}
