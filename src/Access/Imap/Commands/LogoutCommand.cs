using UnifiedMsg.Access.Imap.Session;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>LOGOUT: farewell.</summary>
internal static class LogoutCommand
{
    public static ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        if (!command.Arguments.ExpectEnd()) return new(command.Wrong());
        session.Select(null);
        session.Writer.Raw("* BYE Good-bye\r\n"u8);
        return new(new Reply(ReplyKind.Ok, "Logged out", Close: true));
    }
}
