using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Access.Imap.Wire;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>COPY and MOVE, by message number or UID: all of the messages or none.</summary>
internal static class CopyCommand
{
    public static ValueTask<Reply> CopyAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken) =>
        RunAsync(session, command, false, cancellationToken);

    public static ValueTask<Reply> MoveAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken) =>
        RunAsync(session, command, true, cancellationToken);

    private static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, bool move, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !SequenceSet.TryParse(reader, out var set) || !reader.Expect(' ') || !reader.TryAString(out var name)
            || !reader.ExpectEnd()) return command.Wrong();
        var folder = session.Selected!;
        if (move && folder.ReadOnly) return Reply.No("The mailbox is open for reading only", "NOPERM");
        if (await session.ResolveAsync(set, command.ByUid, cancellationToken) is not { } uids) return Reply.Bad("There is no message of this number");
        var target = await session.FindMailboxAsync(name, cancellationToken);
        if (target is null) return Reply.No("No such mailbox", "TRYCREATE");
        if (uids.Count == 0) return Reply.Ok("Nothing to do");
        if (move && target.Id == folder.Id) return Reply.No("The messages are there already", "CANNOT");

        var result = move
            ? await session.Store.MoveAsync(folder.Id, uids, target.Id, cancellationToken)
            : await session.Store.CopyAsync(folder.Id, uids, target.Id, cancellationToken);
        folder.Touch();
        if (result.SourceUids.Count == 0) return Reply.No("The messages are gone", "EXPUNGEISSUED");
        var code = $"COPYUID {result.TargetUidValidity} {UidSet.Format(result.SourceUids)} {UidSet.Format(result.TargetUids)}";
        if (!move) return Reply.Ok("Copied", code);
        // RFC 6851 §4.3: before the EXPUNGEs, which the change feed gives.
        session.Writer.Text($"* OK [{code}] Moved").End();
        return Reply.Ok("Moved");
    }
}
