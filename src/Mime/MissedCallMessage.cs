using MimeKit;

namespace UnifiedMsg.Mime;

/// <summary>The notice of a call that ended before anything was said.</summary>
public sealed class MissedCallMessage
{
    /// <summary>The call.</summary>
    public required CallNotice Call { get; init; }

    /// <summary>Writes the message.</summary>
    public async Task WriteToAsync(Stream output, CancellationToken cancellationToken = default)
    {
        var text = new CallText(Call);
        var title = $"Missed call from {text.Caller}";
        using var message = CallMessage.Create(Call, text, title, "missedcall");
        const string Explanation = "No message was left.";
        message.Body = CallMessage.Body(text.Plain(title, null, Explanation), text.Html(title, null, Explanation));
        message.Prepare(EncodingConstraint.SevenBit);
        await message.WriteToAsync(CallMessage.Format, output, cancellationToken);
    }
}
