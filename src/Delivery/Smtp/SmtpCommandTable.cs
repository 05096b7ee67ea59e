using System.Text;
using UnifiedMsg.Delivery.Smtp.Commands;
using UnifiedMsg.Delivery.Smtp.Wire;

namespace UnifiedMsg.Delivery.Smtp;

/// <summary>Answers one command.</summary>
/// <param name="session">Whose.</param>
/// <param name="argument">What follows the verb and its space. Good until the session reads again.</param>
/// <param name="cancellationToken">Cancelled when the server stops.</param>
internal delegate ValueTask<SmtpReply> SmtpHandler(SmtpSession session, ReadOnlyMemory<byte> argument, CancellationToken cancellationToken);

/// <summary>One row of the command table.</summary>
internal sealed record SmtpCommand(byte[] Name, SmtpRole Roles, SmtpState States, SmtpHandler Handler);

/// <summary>The whole protocol: which command, on which listener, in which state.</summary>
internal static class SmtpCommandTable
{
    private const SmtpRole Smtp = SmtpRole.Reception | SmtpRole.Submission;
    private const SmtpRole Everywhere = Smtp | SmtpRole.Lmtp;
    private const SmtpState AfterHello = SmtpState.Ready | SmtpState.HasSender | SmtpState.HasRecipient | SmtpState.Chunking;
    private const SmtpState Transaction = SmtpState.HasSender | SmtpState.HasRecipient;

    private static readonly SmtpCommand[] Commands =
    [
        Row("HELO", Smtp, SmtpState.Any, HelloCommand.HeloAsync),                                        // RFC 5321 §4.1.1.1
        Row("EHLO", Smtp, SmtpState.Any, HelloCommand.EhloAsync),                                        // RFC 5321 §4.1.1.1
        Row("LHLO", SmtpRole.Lmtp, SmtpState.Any, HelloCommand.EhloAsync),                               // RFC 2033 §4.1
        Row("MAIL", Everywhere, SmtpState.Ready, MailCommand.HandleAsync),                               // RFC 5321 §4.1.1.2
        Row("RCPT", Everywhere, Transaction, RcptCommand.HandleAsync),                                   // RFC 5321 §4.1.1.3
        Row("DATA", Everywhere, Transaction, DataCommand.HandleAsync),                                   // RFC 5321 §4.1.1.4
        Row("BDAT", Everywhere, SmtpState.Any, BdatCommand.HandleAsync),                                 // RFC 3030 §2
        Row("RSET", Everywhere, SmtpState.Any, RsetCommand.HandleAsync),                                 // RFC 5321 §4.1.1.5
        Row("NOOP", Everywhere, SmtpState.Any, NoopCommand.HandleAsync),                                 // RFC 5321 §4.1.1.9
        Row("QUIT", Everywhere, SmtpState.Any, QuitCommand.HandleAsync),                                 // RFC 5321 §4.1.1.10
        Row("VRFY", Everywhere, SmtpState.Any, VrfyCommand.HandleAsync),                                 // RFC 5321 §4.1.1.6, §7.3
        Row("HELP", Everywhere, SmtpState.Any, HelpCommand.HandleAsync),                                 // RFC 5321 §4.1.1.8
        Row("STARTTLS", Everywhere, SmtpState.Greeted | AfterHello, StartTlsCommand.HandleAsync),        // RFC 3207 §4
        Row("AUTH", SmtpRole.Submission, SmtpState.Ready, AuthCommand.HandleAsync),                      // RFC 4954 §4
    ];

    /// <summary>The row of this verb, in any case, or null.</summary>
    public static SmtpCommand? Find(ReadOnlySpan<byte> verb)
    {
        foreach (var command in Commands)
        {
            if (Ascii.EqualsIgnoreCase(verb, command.Name))
                return command;
        }
        return null;
    }

    /// <summary>The verbs of a listener, for HELP.</summary>
    public static string Names(SmtpRole role) =>
        string.Join(' ', Commands.Where(command => (command.Roles & role) != 0).Select(command => Encoding.ASCII.GetString(command.Name)));

    private static SmtpCommand Row(string name, SmtpRole roles, SmtpState states, SmtpHandler handler) =>
        new(Encoding.ASCII.GetBytes(name), roles, states, handler);
}
