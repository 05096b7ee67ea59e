using UnifiedMsg.Delivery.Smtp.Wire;

namespace UnifiedMsg.Delivery.Smtp.Commands;

/// <summary>STARTTLS. RFC 3207 §4.</summary>
internal static class StartTlsCommand
{
    private static readonly ReadOnlyMemory<byte> GoAhead = "220 2.0.0 Go ahead\r\n"u8.ToArray();

    public static async ValueTask<SmtpReply> HandleAsync(SmtpSession session, ReadOnlyMemory<byte> argument, CancellationToken cancellationToken)
    {
        if (!argument.IsEmpty)
            return Replies.SyntaxError;
        if (!session.Connection.CanStartTls)
            return session.Connection.IsTls ? Replies.BadSequence : new SmtpReply(502, "5.5.1", "No certificate here");
        await session.Connection.FlushAsync(cancellationToken);
        await session.Connection.StartTlsAsync(GoAhead, cancellationToken);
        await session.BeginTlsAsync();
        return SmtpReply.None;
    }
}
