using UnifiedMsg.Delivery.Smtp.Wire;

namespace UnifiedMsg.Delivery.Smtp.Commands;

/// <summary>HELP. RFC 5321 §4.1.1.8.</summary>
internal static class HelpCommand
{
    public static ValueTask<SmtpReply> HandleAsync(SmtpSession session, ReadOnlyMemory<byte> argument, CancellationToken cancellationToken) =>
        new(new SmtpReply(214, "2.0.0", $"Commands: {SmtpCommandTable.Names(session.Role)}"));
}
