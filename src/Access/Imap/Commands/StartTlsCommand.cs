using System.Text;
using UnifiedMsg.Access.Imap.Session;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>STARTTLS: the rest is under TLS, and nothing that came before counts.</summary>
internal static class StartTlsCommand
{
    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        if (!command.Arguments.ExpectEnd()) return command.Wrong();
        if (session.Connection.IsTls) return Reply.Bad("TLS has begun already");
        if (!session.Connection.CanStartTls) return Reply.No("There is no certificate");
        var goAhead = Encoding.ASCII.GetBytes($"{command.Tag} OK Begin TLS now\r\n");
        await session.Connection.StartTlsAsync(goAhead, cancellationToken);
        session.Lines.Reset(session.Connection.Input);
        return Reply.Silent;
    }
}
