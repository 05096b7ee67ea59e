using UnifiedMsg.Delivery.Smtp.Intake;
using UnifiedMsg.Delivery.Smtp.Wire;

namespace UnifiedMsg.Delivery.Smtp.Commands;

/// <summary>DATA. RFC 5321 §4.1.1.4.</summary>
internal static class DataCommand
{
    public static async ValueTask<SmtpReply> HandleAsync(SmtpSession session, ReadOnlyMemory<byte> argument, CancellationToken cancellationToken)
    {
        if (!argument.IsEmpty)
            return Replies.SyntaxError;
        if (session.State == SmtpState.HasSender)
            return new SmtpReply(554, "5.5.1", "No valid recipients"); // RFC 5321 §3.3
        await session.SendAsync(Replies.StartData, cancellationToken);
        await using var content = new DotStream(session.Reader);
        var staged = await MessageIntake.StageAsync(session, content, cancellationToken);
        // Whatever became of it, the next command begins after the final dot.
        await content.DrainAsync(session.Context.Options.MaxMessageSize, cancellationToken);
        if (content.HasBareLineEnd)
            staged = await staged.RefuseAsync(Replies.BareLineEnd);
        return await MessageIntake.FinishAsync(session, staged, cancellationToken);
    }
}
