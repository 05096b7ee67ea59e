using UnifiedMsg.Access.Imap.Session;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>NOOP and CHECK: nothing but the changes that any command tells of. All is durable anyway.</summary>
internal static class NoopCommand
{
    public static ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken) =>
        new(command.Arguments.ExpectEnd() ? Reply.Ok("Done") : command.Wrong());
}
