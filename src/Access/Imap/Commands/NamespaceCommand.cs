using UnifiedMsg.Access.Imap.Session;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>NAMESPACE: one's own mailboxes, nobody else's.</summary>
internal static class NamespaceCommand
{
    public static ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        if (!command.Arguments.ExpectEnd()) return new(command.Wrong());
        session.Writer.Raw("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n"u8);
        return new(Reply.Ok("Done"));
    }
}
