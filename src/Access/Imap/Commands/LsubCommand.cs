using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Access.Imap.Wire;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>LSUB: the subscribed mailboxes, for clients of IMAP4rev1.</summary>
internal static class LsubCommand
{
    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var reference) || !reader.Expect(' ') || !reader.TryListPattern(out var pattern)
            || !reader.ExpectEnd()) return command.Wrong();
        if (pattern.Length > ImapLimits.MailboxNameOctets || !session.TryPath(reference + pattern, out var path)) return Reply.Ok("Done");
        foreach (var (folder, _) in await session.Mailboxes.ListAsync(cancellationToken))
        {
            if (!folder.Subscribed || !ListPattern.Matches(path, folder.Path)) continue;
            session.Writer.Raw("* LSUB () \"/\" "u8).Mailbox(folder.Path).End();
            await session.Writer.FlushIfMuchAsync(cancellationToken);
        }

        return Reply.Ok("Done");
    }
}
