using System.Globalization;
using MimeKit;
using MimeKit.Utils;

namespace UnifiedMsg.Mime;

/// <summary>What the messages about a call have in common: addresses, the headers by which clients and tools know them,
/// the text in two forms.</summary>
internal static class CallMessage
{
    /// <summary>CRLF, and 8-bit text encoded so that every relay takes it.</summary>
    public static readonly FormatOptions Format = MakeFormat();

    /// <summary>A message with its header, without a body.</summary>
    public static MimeMessage Create(CallNotice call, CallText text, string subject, string contentClass)
    {
        var message = new MimeMessage { Date = call.When, Subject = subject };
        var caller = MailboxAddress.Parse(call.CallerAddress ?? call.ServiceAddress);
        message.From.Add(new MailboxAddress(text.ShortCaller, caller.Address));
        message.To.Add(new MailboxAddress(UntrustedText.Line(call.RecipientName), MailboxAddress.Parse(call.Recipient).Address));
        message.MessageId = call.MessageId ?? MimeUtils.GenerateMessageId(text.Domain);
        // RFC 3834 §5: no vacation reply to a machine.
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.Headers.Add("Content-Class", contentClass);
        if (text.Number is not null) message.Headers.Add("X-CallingTelephoneNumber", text.Number);
        if (call.CallerProof is { } proof) message.Headers.Add("X-CallerIdentity", proof.Token);
        message.Headers.Add("X-VoiceMessageSenderName", text.ShortCaller);
        if (UntrustedText.Line(call.CallId) is { } callId) message.Headers.Add("X-CallID", callId);
        return message;
    }

    /// <summary>multipart/alternative of text and HTML.</summary>
    public static MultipartAlternative Body(string plain, string html) =>
        new(new TextPart("plain") { Text = plain }, new TextPart("html") { Text = html });

    /// <summary><c>m:ss</c>, or <c>h:mm:ss</c> from an hour on.</summary>
    public static string Length(TimeSpan duration)
    {
        var whole = TimeSpan.FromSeconds(Seconds(duration));
        return whole.ToString(whole.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);
    }

    /// <summary>Whole seconds, rounded to the nearest, at least 1: a message that exists has a length.</summary>
    public static long Seconds(TimeSpan duration) => Math.Max(1, (long)Math.Round(duration.TotalSeconds, MidpointRounding.AwayFromZero));

    private static FormatOptions MakeFormat()
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.International = false;
        return format;
    }
}
