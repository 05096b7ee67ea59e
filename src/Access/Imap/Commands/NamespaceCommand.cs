using UnifiedMsg.Access.Imap.Session;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>NAMESPACE: one's own mailboxes, those of others, and the public ones. RFC 2342.</summary>
internal static class NamespaceCommand
{
    public static ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        if (!command.Arguments.ExpectEnd()) return new(command.Wrong());
        session.Writer.Raw("* NAMESPACE ((\"\" \"/\")) ((\"Other Users/\" \"/\")) ((\"Shared/\" \"/\"))\r\n"u8);
        return new(Reply.Ok("Done"));
    }
}
