using UnifiedMsg.Delivery.Smtp.Wire;

namespace UnifiedMsg.Delivery.Smtp.Commands;

/// <summary>QUIT. RFC 5321 §4.1.1.10.</summary>
internal static class QuitCommand
{
    public static ValueTask<SmtpReply> HandleAsync(SmtpSession session, ReadOnlyMemory<byte> argument, CancellationToken cancellationToken) =>
        new(argument.IsEmpty ? Replies.Bye : Replies.SyntaxError);
}
