using UnifiedMsg.Delivery.Smtp.Wire;

namespace UnifiedMsg.Delivery.Smtp.Commands;

/// <summary>NOOP, whose argument is ignored. RFC 5321 §4.1.1.9.</summary>
internal static class NoopCommand
{
    public static ValueTask<SmtpReply> HandleAsync(SmtpSession session, ReadOnlyMemory<byte> argument, CancellationToken cancellationToken) =>
        new(Replies.Ok);
}
