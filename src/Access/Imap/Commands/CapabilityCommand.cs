using UnifiedMsg.Access.Imap.Session;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>CAPABILITY: what the server can do in this state.</summary>
internal static class CapabilityCommand
{
    public static ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        if (!command.Arguments.ExpectEnd()) return new(command.Wrong());
        session.Writer.Text($"* CAPABILITY {Capabilities.For(session)}").End();
        return new(Reply.Ok("That is all"));
    }
}
