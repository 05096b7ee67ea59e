using UnifiedMsg.Delivery.Smtp.Wire;

namespace UnifiedMsg.Delivery.Smtp.Commands;

/// <summary>RSET. RFC 5321 §4.1.1.5.</summary>
internal static class RsetCommand
{
    public static async ValueTask<SmtpReply> HandleAsync(SmtpSession session, ReadOnlyMemory<byte> argument, CancellationToken cancellationToken)
    {
        if (!argument.IsEmpty)
            return Replies.SyntaxError;
        await session.ResetAsync();
        return Replies.Ok;
    }
}
