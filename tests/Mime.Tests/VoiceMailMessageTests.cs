using System.Text;
using MimeKit;

namespace UnifiedMsg.Mime.Tests;

public sealed class VoiceMailMessageTests
{
    private static readonly CallNotice Call = new(
        "voicemail@example.test", "bob@example.test", "2001", new DateTimeOffset(2026, 3, 1, 9, 30, 0, TimeSpan.FromHours(1)))
    {
        RecipientName = "Bob Example",
        CallerNumber = "1001",
        CallerName = "Alice",
        CallId = "abc@192.0.2.1",
    };

    private static readonly byte[] Audio = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7))];

    [Fact]
    public async Task HasTheContractedHeaders()
    {
        var message = await WriteAsync(Make(Call, transcript: "Hello Bob."));
        Assert.Equal("Voice message from Alice (1001), 0:07", message.Subject!);
        Assert.Equal("voice-message", message.Headers["Message-Context"]);
        Assert.Equal("1001", message.Headers["X-CallingTelephoneNumber"]);
        Assert.Equal("7", message.Headers["X-VoiceMessageDuration"]);
        Assert.Equal("Alice", message.Headers["X-VoiceMessageSenderName"]);
        Assert.Equal("1001 2026-03-01 09.30.00.wav", message.Headers["X-AttachmentOrder"]);
        Assert.Equal("abc@192.0.2.1", message.Headers["X-CallID"]);
        Assert.Equal("voice-ca", message.Body!.Headers["Content-Class"]);
        Assert.Equal("auto-generated", message.Headers["Auto-Submitted"]);
        Assert.Equal("\"Alice\" <voicemail@example.test>", message.From.ToString());
        Assert.Equal("\"Bob Example\" <bob@example.test>", message.To.ToString());
        Assert.EndsWith("@example.test", message.MessageId);
        Assert.Equal(Call.When, message.Date);
        Assert.Equal(MessageImportance.Normal, message.Importance);
        Assert.Null(message.Headers["Sensitivity"]);
    }

    [Fact]
    public async Task CarriesTextHtmlAudioAndTimedTranscript()
    {
        var message = await WriteAsync(Make(Call, transcript: "Hello Bob.\nCall me.", vtt: "WEBVTT\n\n00:00.000 --> 00:01.000\nHé\n"));
        var mixed = Assert.IsType<Multipart>(message.Body);
        Assert.Equal("mixed", mixed.ContentType.MediaSubtype);
        Assert.Contains("Transcript:\nHello Bob.\nCall me.", message.TextBody!.ReplaceLineEndings("\n"));
        Assert.Contains("tel:1001;phone-context=example.test", message.TextBody);
        Assert.Contains("sip:1001@example.test", message.TextBody);
        Assert.Contains("Hello Bob.<br>", message.HtmlBody);
        Assert.Contains("<a href=\"tel:1001;phone-context=example.test\">", message.HtmlBody);
        var audio = Assert.IsType<MimePart>(mixed[1]);
        Assert.Equal("audio/wav", audio.ContentType.MimeType);
        Assert.Equal("7", audio.Headers["Content-Duration"]);
        using var decoded = new MemoryStream();
        await audio.Content!.DecodeToAsync(decoded);
        Assert.Equal(Audio, decoded.ToArray());
        var vtt = Assert.IsType<TextPart>(mixed[2]);
        Assert.Equal("text/vtt", vtt.ContentType.MimeType);
        Assert.Equal("WEBVTT\n\n00:00.000 --> 00:01.000\nHé\n", vtt.Text.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task WithoutTranscriptItSaysWhyAndHowToGetOne()
    {
        var message = await WriteAsync(Make(Call, reason: "No transcript: set speech.engine in unifiedmsg.yaml."));
        Assert.Contains("No transcript: set speech.engine", message.TextBody);
        Assert.Contains("No transcript: set speech.engine", message.HtmlBody);
        Assert.DoesNotContain("Transcript:", message.TextBody);
    }

    [Fact]
    public async Task ItSaysWhetherTheCallerIsWhoHeSays()
    {
        var message = await WriteAsync(Make(Call with { CallerProof = new CallerProof("TN-Validation-Passed; attest=A", "verified by <the provider>") }));
        Assert.Equal("TN-Validation-Passed; attest=A", message.Headers["X-CallerIdentity"]);
        Assert.Contains("Caller identity: verified by <the provider>", message.TextBody);
        Assert.Contains("verified by &lt;the provider&gt;", message.HtmlBody);
        Assert.Null((await WriteAsync(Make(Call))).Headers["X-CallerIdentity"]);
    }

    [Fact]
    public async Task ACallerWhoWithholdsHisNumberIsCalledSo()
    {
        var message = await WriteAsync(Make(Call with { CallerNumber = null, CallerName = null, CallerWithheld = true }));
        Assert.StartsWith("Voice message from a withheld number", message.Subject);
        Assert.Equal("\"Withheld number\" <voicemail@example.test>", message.From.ToString());
        Assert.Null(message.Headers["X-CallingTelephoneNumber"]);
    }

    [Fact]
    public async Task UrgentAndPrivateAreMarked()
    {
        var message = await WriteAsync(Make(Call, urgent: true));
        Assert.Equal(MessageImportance.High, message.Importance);
        Assert.Equal(XMessagePriority.Highest, message.XPriority);
        Assert.Equal("Private", message.Headers["Sensitivity"]);
    }

    [Fact]
    public async Task ACallerOfOursIsTheSender()
    {
        var message = await WriteAsync(Make(Call with { CallerAddress = "alice@example.test" }));
        Assert.Equal("\"Alice\" <alice@example.test>", message.From.ToString());
    }

    [Fact]
    public async Task ACallerCanNotWriteHeadersOrMarkup()
    {
        var hostile = Call with
        {
            CallerName = "Eve\r\nBcc: x@example.test\r\n\r\n<script>alert(1)</script>\u202e" + new string('e', 5000),
            CallerNumber = "10\"><b>\r\nX-Evil: 1",
            CallId = "a\r\nX-Evil: 2",
            Called = "<i>",
        };
        using var output = new MemoryStream();
        await Make(hostile, transcript: "<img src=x onerror=alert(1)>").WriteToAsync(output);
        var raw = Encoding.ASCII.GetString(output.ToArray());
        Assert.DoesNotContain("\r\nX-Evil", raw);
        Assert.DoesNotContain("\r\nBcc", raw);
        var message = await MimeMessage.LoadAsync(new MemoryStream(output.ToArray()));
        Assert.DoesNotContain("<script", message.HtmlBody);
        Assert.DoesNotContain("<img", message.HtmlBody);
        Assert.DoesNotContain("\"><b>", message.HtmlBody);
        Assert.DoesNotContain('\u202e', message.Subject!);
        Assert.True(message.Subject!.Length < 400);
        Assert.DoesNotContain("tel:", message.TextBody);
    }

    [Fact]
    public async Task NamesOfAnyScriptTravelAsAsciiAndComeBack()
    {
        var message = Make(Call with { CallerName = "Zoë 李" }, fileName: "Zoë 李.wav");
        using var output = new MemoryStream();
        await message.WriteToAsync(output);
        Assert.All(output.ToArray(), octet => Assert.True(octet < 128));
        var read = await MimeMessage.LoadAsync(new MemoryStream(output.ToArray()));
        Assert.Equal("Voice message from Zoë 李 (1001), 0:07", read.Subject);
        Assert.Equal("Zoë 李.wav", read.Attachments.OfType<MimePart>().First().FileName);
    }

    [Fact]
    public async Task TheSummaryFindsItsAudio()
    {
        using var output = new MemoryStream();
        await Make(Call, transcript: "Hello.").WriteToAsync(output);
        var raw = output.ToArray();
        var part = MessageSummarizer.Summarize(raw).Body.Children[1];
        Assert.Equal(("audio", "wav", "base64"), (part.Type, part.Subtype, part.Encoding));
        Assert.Equal(Audio, Convert.FromBase64String(Lines.Body(raw, part)));
    }

    [Fact]
    public async Task AMissedCallIsANoticeWithoutAudio()
    {
        using var output = new MemoryStream();
        await new MissedCallMessage { Call = Call with { CallerName = null, CallerNumber = "+44 20 7946 0000" } }.WriteToAsync(output);
        var message = await MimeMessage.LoadAsync(new MemoryStream(output.ToArray()));
        Assert.Equal("Missed call from +44 20 7946 0000", message.Subject!);
        Assert.Equal("missedcall", message.Body!.Headers["Content-Class"]);
        Assert.Null(message.Headers["Message-Context"]);
        Assert.Contains("tel:+442079460000", message.TextBody);
        Assert.Empty(message.Attachments);
    }

    [Fact]
    public async Task ACallOfAFaxMachineSaysSo()
    {
        using var output = new MemoryStream();
        await new MissedCallMessage { Call = Call with { CallerName = null, CallerNumber = "2000" }, Fax = true }.WriteToAsync(output);
        var message = await MimeMessage.LoadAsync(new MemoryStream(output.ToArray()));
        Assert.Equal("Missed fax call from 2000", message.Subject!);
        Assert.Equal("missedcall", message.Body!.Headers["Content-Class"]);
        Assert.Contains("A fax machine called", message.TextBody);
        Assert.Contains("A fax machine called", message.HtmlBody);
    }

    [Fact]
    public async Task OtherAudioHasItsTypeAndItsEnding()
    {
        using var output = new MemoryStream();
        await new VoiceMailMessage
        {
            Call = Call,
            Duration = TimeSpan.FromSeconds(3),
            Audio = new MemoryStream(Audio),
            AudioType = ("ogg", "ogg"),
        }.WriteToAsync(output);
        var message = await MimeMessage.LoadAsync(new MemoryStream(output.ToArray()));
        var part = Assert.IsType<MimePart>(message.Attachments.First());
        Assert.Equal("audio/ogg", part.ContentType.MimeType);
        Assert.EndsWith(".ogg", part.FileName);
        Assert.Equal(part.FileName, message.Headers["X-AttachmentOrder"]);
    }

    [Fact]
    public async Task AWithheldNumberIsAnUnknownCaller()
    {
        using var output = new MemoryStream();
        await new MissedCallMessage { Call = Call with { CallerName = null, CallerNumber = null } }.WriteToAsync(output);
        var message = await MimeMessage.LoadAsync(new MemoryStream(output.ToArray()));
        Assert.Equal("Missed call from an unknown caller", message.Subject!);
        Assert.Null(message.Headers["X-CallingTelephoneNumber"]);
    }

    [Theory]
    [InlineData(0.2, "1"), InlineData(6.49, "6"), InlineData(7.5, "8"), InlineData(8.5, "9")]
    public async Task ItsLengthIsInWholeSeconds(double seconds, string header) =>
        Assert.Equal(header, (await WriteAsync(Make(Call, seconds: seconds))).Headers["X-VoiceMessageDuration"]);

    private static VoiceMailMessage Make(
        CallNotice call, string? transcript = null, string? reason = null, string? vtt = null, bool urgent = false, string? fileName = null,
        double seconds = 6.6) => new()
        {
            Call = call,
            Duration = TimeSpan.FromSeconds(seconds),
            Audio = new MemoryStream(Audio),
            Transcript = transcript,
            NoTranscriptReason = reason,
            Vtt = vtt,
            Urgent = urgent,
            Private = urgent,
            FileName = fileName,
        };

    private static async Task<MimeMessage> WriteAsync(VoiceMailMessage message)
    {
        using var output = new MemoryStream();
        await message.WriteToAsync(output);
        return await MimeMessage.LoadAsync(new MemoryStream(output.ToArray()));
    }
}
