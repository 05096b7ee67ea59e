using System.Globalization;
using System.Text;
using MimeKit;

namespace UnifiedMsg.Mime;

/// <summary>
/// The message that brings a voice mail into a mailbox: text and HTML that say who, when, how long and what was said, the
/// audio, and the transcript with times (WebVTT) when there is one.
/// </summary>
public sealed class VoiceMailMessage
{
    /// <summary>The call.</summary>
    public required CallNotice Call { get; init; }

    /// <summary>How long the recording is.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The recording. It is read to its end while the message is written and not closed.</summary>
    public required Stream Audio { get; init; }

    /// <summary>What the recording is: its media type below <c>audio/</c>, and the ending of its file name.</summary>
    public (string Subtype, string Extension) AudioType { get; init; } = ("wav", "wav");

    /// <summary>The file name of the recording; null makes one of the caller and the time.</summary>
    public string? FileName { get; init; }

    /// <summary>What was said, or null.</summary>
    public string? Transcript { get; init; }

    /// <summary>When there is no transcript, one line that says why and what to do about it; or null.</summary>
    public string? NoTranscriptReason { get; init; }

    /// <summary>The transcript with times as a WebVTT file, or null.</summary>
    public string? Vtt { get; init; }

    /// <summary>Whether the caller marked it as urgent.</summary>
    public bool Urgent { get; init; }

    /// <summary>Whether the caller marked it as private.</summary>
    public bool Private { get; init; }

    /// <summary>Writes the message; the audio is encoded as it is read and never held whole.</summary>
    public async Task WriteToAsync(Stream output, CancellationToken cancellationToken = default)
    {
        using var message = Build();
        await message.WriteToAsync(CallMessage.Format, output, cancellationToken);
    }

    private MimeMessage Build()
    {
        var text = new CallText(Call);
        text.AddRow("Length", CallMessage.Length(Duration));
        if (Urgent) text.AddRow("Importance", "urgent");
        if (Private) text.AddRow("Sensitivity", "private");
        var title = $"Voice message from {text.Caller}";
        var message = CallMessage.Create(Call, text, $"{title}, {CallMessage.Length(Duration)}", "voice-ca");
        var fileName = CleanFileName(FileName) ?? DefaultFileName(text);
        AddHeaders(message, fileName);

        var said = UntrustedText.Text(Transcript);
        var (heading, words) = said.Length > 0 ? ("Transcript", said) : (null, UntrustedText.Line(NoTranscriptReason));
        var mixed = new Multipart("mixed") { CallMessage.Body(text.Plain(title, heading, words), text.Html(title, heading, words)) };
        mixed.Add(AudioPart(fileName));
        if (Vtt is not null) mixed.Add(VttPart(Path.ChangeExtension(fileName, ".vtt")));
        message.Body = mixed;
        message.Prepare(EncodingConstraint.SevenBit);
        return message;
    }

    private void AddHeaders(MimeMessage message, string fileName)
    {
        message.Headers.Add("Message-Context", "voice-message");
        message.Headers.Add("X-VoiceMessageDuration", CallMessage.Seconds(Duration).ToString(CultureInfo.InvariantCulture));
        message.Headers.Add("X-AttachmentOrder", fileName);
        if (Urgent)
        {
            message.Importance = MessageImportance.High;
            message.XPriority = XMessagePriority.Highest;
        }

        // RFC 2156 §5.3.4
        if (Private) message.Headers.Add("Sensitivity", "Private");
    }

    private MimePart AudioPart(string fileName)
    {
        var part = new MimePart("audio", AudioType.Subtype)
        {
            Content = new MimeContent(Audio),
            ContentDisposition = new ContentDisposition(ContentDisposition.Attachment),
            ContentTransferEncoding = ContentEncoding.Base64,
            FileName = fileName,
        };
        // RFC 2424 §2
        part.Headers.Add("Content-Duration", CallMessage.Seconds(Duration).ToString(CultureInfo.InvariantCulture));
        return part;
    }

    // WebVTT is UTF-8 by its own definition; base64 keeps it octet for octet.
    private MimePart VttPart(string fileName) => new("text", "vtt")
    {
        Content = new MimeContent(new MemoryStream(Encoding.UTF8.GetBytes(Vtt!))),
        ContentDisposition = new ContentDisposition(ContentDisposition.Attachment),
        ContentTransferEncoding = ContentEncoding.Base64,
        ContentType = { Charset = "utf-8" },
        FileName = fileName,
    };

    private string DefaultFileName(CallText text) =>
        CleanFileName($"{text.Number ?? text.Name ?? "voice"} {Call.When.ToString("yyyy-MM-dd HH.mm.ss", CultureInfo.InvariantCulture)}.{AudioType.Extension}")!;

    // What the caller chose must not become a path or a device on the reader's machine.
    private static string? CleanFileName(string? name)
    {
        if (UntrustedText.Line(name) is not { } line) return null;
        var clean = string.Concat(line.Select(c => char.IsLetterOrDigit(c) || c is ' ' or '.' or '-' or '_' or '+' ? c : '_')).TrimStart('.', ' ');
        return clean.Length == 0 ? null : clean;
    }
}
