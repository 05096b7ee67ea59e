using System.Text;
using UnifiedMsg.Delivery.Routing;
using UnifiedMsg.Delivery.Smtp.Wire;

namespace UnifiedMsg.Delivery.Smtp.Commands;

/// <summary>MAIL. RFC 5321 §4.1.1.2, with SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531) and AUTH (RFC 4954 §5).</summary>
internal static class MailCommand
{
    public static async ValueTask<SmtpReply> HandleAsync(SmtpSession session, ReadOnlyMemory<byte> argument, CancellationToken cancellationToken)
    {
        if (session.Role == SmtpRole.Submission && session.Account is null)
            return AuthCommand.IsOffered(session) ? Replies.NeedsAuthentication : Replies.NeedsTls;
        var refusal = Read(argument.Span, session.Context.Options.MaxMessageSize, out var sender, out var smtpUtf8, out var size);
        if (refusal is not null)
            return refusal;
        if (!smtpUtf8 && !Ascii.IsValid(sender))
            return Replies.NeedsUtf8;
        if (session.Role == SmtpRole.Submission && !await IsOwnAsync(session, sender, cancellationToken))
            return new SmtpReply(553, "5.7.1", $"Not an address of yours; send as {session.Account!.Address}");
        session.BeginTransaction(new SmtpTransaction(sender, smtpUtf8, size));
        return Replies.SenderOk;
    }

    private static SmtpReply? Read(ReadOnlySpan<byte> argument, long maxSize, out string sender, out bool smtpUtf8, out long size)
    {
        sender = "";
        smtpUtf8 = false;
        size = 0;
        var from = "FROM:"u8;
        if (argument.Length < from.Length || !Ascii.EqualsIgnoreCase(argument[..from.Length], from))
            return new SmtpReply(501, "5.5.4", "Syntax: MAIL FROM:<address>");
        if (!SmtpPath.TryParse(argument[from.Length..], out sender, out var rest))
            return new SmtpReply(501, "5.1.7", "The sender's address is malformed; it stands in angle brackets");
        var parameters = new EsmtpParameters(rest);
        while (parameters.Next())
        {
            if (parameters.Is("SIZE"u8))
            {
                if (!long.TryParse(parameters.Value, System.Globalization.NumberStyles.None, null, out size))
                    return Replies.SyntaxError;
                if (size > maxSize)
                    return Replies.MessageTooLarge;
            }
            else if (parameters.Is("SMTPUTF8"u8) && parameters.Value.IsEmpty)
                smtpUtf8 = true;
            else if (!IsBody(parameters) && !parameters.Is("AUTH"u8))
                return Replies.UnknownParameter;
        }
        return parameters.IsMalformed ? Replies.SyntaxError : null;
    }

    private static bool IsBody(in EsmtpParameters parameters) =>
        parameters.Is("BODY"u8)
        && (Ascii.EqualsIgnoreCase(parameters.Value, "7BIT"u8) || Ascii.EqualsIgnoreCase(parameters.Value, "8BITMIME"u8));

    // RFC 6409 §6.1. The null reverse-path is everyone's: reading receipts have it.
    private static async ValueTask<bool> IsOwnAsync(SmtpSession session, string sender, CancellationToken cancellationToken)
    {
        if (sender.Length == 0)
            return true;
        var route = await session.Context.Router.FindAsync(sender, cancellationToken);
        return route.Kind == RouteKind.Local && route.Accounts is [var only] && only.Id == session.Account!.Id;
    }
}
