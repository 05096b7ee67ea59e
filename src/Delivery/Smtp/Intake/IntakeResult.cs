using UnifiedMsg.Delivery.Smtp.Wire;
using UnifiedMsg.Store;

namespace UnifiedMsg.Delivery.Smtp.Intake;

/// <summary>A message that was read: staged, or refused.</summary>
/// <param name="Content">The staged message, or null when it is refused.</param>
/// <param name="Header">Its header in raw octets, for a report about it.</param>
/// <param name="Refusal">Why it is refused, or null.</param>
internal sealed record IntakeResult(StagedContent? Content, ReadOnlyMemory<byte> Header, SmtpReply? Refusal)
{
    public static IntakeResult Refused(SmtpReply reply) => new(null, default, reply);

    /// <summary>Gives the content up and refuses the message, unless it is refused already.</summary>
    public async ValueTask<IntakeResult> RefuseAsync(SmtpReply reply)
    {
        if (Refusal is not null)
            return this;
        await Content!.DisposeAsync();
        return Refused(reply);
    }
}
