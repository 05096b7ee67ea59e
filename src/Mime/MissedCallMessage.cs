using MimeKit;

namespace UnifiedMsg.Mime;

/// <summary>The notice of a call in which nothing was said.</summary>
public sealed class MissedCallMessage
{
    /// <summary>The call.</summary>
    public required CallNotice Call { get; init; }

    /// <summary>Whether a fax machine called, so that nobody could say anything.</summary>
    public bool Fax { get; init; }

    /// <summary>Writes the message.</summary>
    public async Task WriteToAsync(Stream output, CancellationToken cancellationToken = default)
    {
        var text = new CallText(Call);
        var title = $"Missed {(Fax ? "fax " : "")}call from {text.Caller}";
        using var message = CallMessage.Create(Call, text, title, "missedcall");
        var explanation = Fax ? "A fax machine called. Faxes can't be received at this number." : "No message was left.";
        message.Body = CallMessage.Body(text.Plain(title, null, explanation), text.Html(title, null, explanation));
        message.Prepare(EncodingConstraint.SevenBit);
        await message.WriteToAsync(CallMessage.Format, output, cancellationToken);
    }
}
