using UnifiedMsg.Access.Imap.Session;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>LOGIN: name and password in the clear, refused where somebody could listen.</summary>
internal static class LoginCommand
{
    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var name) || !reader.Expect(' ') || !reader.TryAString(out var password)
            || !reader.ExpectEnd()) return command.Wrong();
        if (!session.PlainLoginAllowed) return Reply.No("Begin TLS first", "PRIVACYREQUIRED");
        var step = await session.Sasl.LogInAsync(name, password, session.Peer, cancellationToken);
        return await LoginOutcome.FinishAsync(session, step, cancellationToken);
    }
}
