using System.Text;
using UnifiedMsg.Delivery.Routing;
using UnifiedMsg.Delivery.Smtp.Wire;

namespace UnifiedMsg.Delivery.Smtp.Commands;

/// <summary>RCPT. RFC 5321 §4.1.1.3.</summary>
internal static class RcptCommand
{
    private static readonly SmtpReply Unknown = new(550, "5.1.1", "There is no such mailbox here");
    private static readonly SmtpReply NoRelay = new(550, "5.7.1", "Relaying denied: this server takes mail for its own people only");
    private static readonly SmtpReply Full = new(452, "4.2.2", "The mailbox is full, try again later");
    private static readonly SmtpReply TooLargeForMailbox = new(552, "5.2.2", "The message is larger than this mailbox may ever be");
    private static readonly SmtpReply TooMany = new(452, "4.5.3", "Too many recipients, send the rest in another message");

    public static async ValueTask<SmtpReply> HandleAsync(SmtpSession session, ReadOnlyMemory<byte> argument, CancellationToken cancellationToken)
    {
        if (Read(argument.Span, out var address) is { } refusal)
            return refusal;
        if (!session.Transaction.SmtpUtf8 && !Ascii.IsValid(address))
            return Replies.NeedsUtf8;
        if (session.Transaction.Recipients.Count >= session.Context.Options.MaxRecipients)
            return TooMany;
        var route = await session.Context.Router.FindAsync(address, cancellationToken);
        if (route.Kind == RouteKind.Unknown)
            return Unknown;
        if (route.Kind == RouteKind.Remote && session.Role != SmtpRole.Submission)
            return NoRelay;
        if (await RefuseFullAsync(session, route, cancellationToken) is { } full)
            return full;
        session.AddRecipient(address);
        return Replies.RecipientOk;
    }

    // RFC 1870 §6.1: with the size known beforehand, nobody sends what can't be kept. A group is refused only when nobody in it has room.
    private static async ValueTask<SmtpReply?> RefuseFullAsync(SmtpSession session, Route route, CancellationToken cancellationToken)
    {
        var forGood = route.Accounts.Count > 0;
        foreach (var account in route.Accounts)
        {
            var quota = await session.Context.Store.ReadQuotaAsync(account.Id, cancellationToken);
            if (quota.Takes(Math.Max(1, session.Transaction.DeclaredSize)))
                return null;
            forGood &= !quota.CanEverTake(session.Transaction.DeclaredSize);
        }
        return route.Accounts.Count == 0 ? null : forGood ? TooLargeForMailbox : Full;
    }

    private static SmtpReply? Read(ReadOnlySpan<byte> argument, out string address)
    {
        address = "";
        var to = "TO:"u8;
        if (argument.Length < to.Length || !Ascii.EqualsIgnoreCase(argument[..to.Length], to))
            return new SmtpReply(501, "5.5.4", "Syntax: RCPT TO:<address>");
        if (!SmtpPath.TryParse(argument[to.Length..], out address, out var rest) || address.Length == 0)
            return new SmtpReply(501, "5.1.3", "The recipient's address is malformed; it stands in angle brackets");
        var parameters = new EsmtpParameters(rest);
        if (parameters.Next())
            return Replies.UnknownParameter;
        return parameters.IsMalformed ? Replies.SyntaxError : null;
    }
}
