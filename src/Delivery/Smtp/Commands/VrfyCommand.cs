using UnifiedMsg.Delivery.Smtp.Wire;

namespace UnifiedMsg.Delivery.Smtp.Commands;

/// <summary>VRFY, which tells nobody who has a mailbox. RFC 5321 §4.1.1.6, §7.3.</summary>
internal static class VrfyCommand
{
    public static ValueTask<SmtpReply> HandleAsync(SmtpSession session, ReadOnlyMemory<byte> argument, CancellationToken cancellationToken) =>
        new(argument.IsEmpty ? Replies.SyntaxError : Replies.CannotVerify);
}
