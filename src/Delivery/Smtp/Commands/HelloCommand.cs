using System.Net;
using System.Text;
using UnifiedMsg.Delivery.Smtp.Wire;

namespace UnifiedMsg.Delivery.Smtp.Commands;

/// <summary>HELO, EHLO (RFC 5321 §4.1.1.1) and LHLO (RFC 2033 §4.1).</summary>
internal static class HelloCommand
{
    public static async ValueTask<SmtpReply> HeloAsync(SmtpSession session, ReadOnlyMemory<byte> argument, CancellationToken cancellationToken)
    {
        if (!TryReadName(argument.Span, out var name))
            return Replies.SyntaxError;
        await session.BeginAsync(name, isExtended: false);
        return new SmtpReply(250, null, session.Context.Options.HostName);
    }

    public static async ValueTask<SmtpReply> EhloAsync(SmtpSession session, ReadOnlyMemory<byte> argument, CancellationToken cancellationToken)
    {
        if (!TryReadName(argument.Span, out var name))
            return Replies.SyntaxError;
        await session.BeginAsync(name, isExtended: true);
        return new SmtpReply(250, null, Extensions(session));
    }

    private static string Extensions(SmtpSession session)
    {
        var options = session.Context.Options;
        var text = new StringBuilder(options.HostName);
        text.Append("\nPIPELINING\nSIZE ").Append(options.MaxMessageSize);
        text.Append("\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES\nCHUNKING");
        if (session.Connection.CanStartTls)
            text.Append("\nSTARTTLS");
        if (AuthCommand.IsOffered(session))
            text.Append("\nAUTH ").Append(AuthCommand.Mechanisms(session));
        return text.ToString();
    }

    // RFC 5321 §4.1.4: a name that is not the client's true one is no reason to refuse it; what can't be a name is. An address
    // without its brackets is what many telephones and scanners say.
    private static bool TryReadName(ReadOnlySpan<byte> argument, out string name)
    {
        name = Encoding.UTF8.GetString(argument.Trim((byte)' '));
        return SmtpPath.IsDomain(name) || IPAddress.TryParse(name, out _);
    }
}
