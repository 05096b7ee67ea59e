using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging;
using MimeKit;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Server.Phone;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Server.Demo;

/// <summary>
/// The main job, end to end, on the running server: Bob calls Alice, who does not answer, and leaves a message; her lamp comes on, the
/// message is in her mail client; he calls again and says nothing; she reads the message and the lamp goes out.
/// </summary>
internal sealed class DemoRun(DemoServer server, IDemoDisplay display, DemoResult result, ILoggerFactory loggers, TimeProvider time)
{
    /// <summary>What takes longer than this did not happen.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly NameAddress Bob = NameAddress.Parse("\"Bob Baker\" <sip:1002@example.test>");

    /// <summary>Plays it all through.</summary>
    /// <exception cref="OperationCanceledException">Something did not happen in time.</exception>
    public async Task PlayAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var alicePhone = NewPhone(NameAddress.Parse("\"Alice Archer\" <sip:1001@example.test>"));
        await using var bobPhone = NewPhone(Bob);
        await using var mailbox = new DemoMailbox();
        patience.CancelAfter(Patience);
        await alicePhone.StartAsync(patience.Token);
        await bobPhone.StartAsync(patience.Token);
        await alicePhone.SubscribeLampAsync(server.Uri("1001"), patience.Token);
        await LampAsync(alicePhone, lit: false, patience.Token);
        display.Done("lamp", true, "Alice's phone subscribed to its lamp: it is dark");
        await mailbox.OpenAsync(server.Imap, DemoServer.Alice, server.AlicePassword, patience.Token);
        display.Done("imap", true, "Alice's mail client logged in with SCRAM-SHA-256 over TLS and idles");

        var id = await LeaveMessageAsync(bobPhone, alicePhone, mailbox, patience.Token);
        patience.CancelAfter(Patience);
        await MissCallAsync(bobPhone, mailbox, patience.Token);
        await ReadAsync(alicePhone, mailbox, id, patience.Token);
    }

    private async Task<MailKit.UniqueId> LeaveMessageAsync(SoftPhone bob, SoftPhone alice, DemoMailbox mailbox, CancellationToken cancellationToken)
    {
        var spoken = DemoFixture.Message();
        display.Begin("Bob calls Alice");
        await using var call = await bob.CallAsync(server.Uri("1001"), cancellationToken: cancellationToken);
        result.InviteToAnswerMs = call.AnsweredAfter.TotalMilliseconds;
        display.Done("call", true, $"Bob (1002) called Alice (1001), answered after {result.InviteToAnswerMs:0.0} ms, {call.Codec}", new { result.InviteToAnswerMs, call.Codec });

        display.Begin("Bob hears the greeting");
        var tone = await call.WaitForToneAsync(Patience, cancellationToken);
        result.GreetingSeconds = call.Heard.Duration.TotalSeconds;
        Check("greeting", tone, $"Bob heard the greeting and the tone, {result.GreetingSeconds:0.0} s", "no tone came after the greeting", new { result.GreetingSeconds });

        display.Begin("Bob speaks");
        await call.PlayAsync(spoken, cancellationToken);
        display.Done("speak", true, $"Bob spoke for {spoken.Duration.TotalSeconds:0.0} s and hangs up", new { seconds = spoken.Duration.TotalSeconds });

        var hungUp = Stopwatch.GetTimestamp();
        var lamp = LampAsync(alice, lit: true, cancellationToken);
        await call.HangUpAsync(cancellationToken);
        display.Begin(result.Recogniser is null ? "the message is on its way" : $"{result.Recogniser} listens to the message");
        result.HangUpToMailboxMs = Milliseconds(hungUp, await mailbox.WaitForAsync(1, cancellationToken));
        result.HangUpToLampMs = Milliseconds(hungUp, await lamp);
        var (id, message) = await mailbox.FetchNewestAsync(cancellationToken);
        Check(
            "voiceMail", message.Headers["Message-Context"] == "voice-message",
            $"{result.HangUpToMailboxMs:0.0} ms after he hung up the message was in her mail client: {message.Subject}",
            "the message in the mailbox is no voice mail", new { result.HangUpToMailboxMs, message.Subject });
        display.Done("lampOn", true, $"{result.HangUpToLampMs:0.0} ms after he hung up the lamp of her phone was on", new { result.HangUpToLampMs });
        CheckTranscript(message);
        CheckAudio(message, spoken.Through(AudioCodec.Pcmu));
        return id;
    }

    private async Task MissCallAsync(SoftPhone bob, DemoMailbox mailbox, CancellationToken cancellationToken)
    {
        display.Begin("Bob calls again and says nothing");
        // As a phone system sends it: the call was for 1001, nobody answered, and it comes to the number of the voice mail.
        SipHeader[] diverted = [new("Diversion", "<sip:1001@example.test>;reason=no-answer")];
        await using var call = await bob.CallAsync(server.Uri("5000"), diverted, cancellationToken);
        await call.WaitForEndAsync(TimeSpan.FromSeconds(1), cancellationToken);
        var hungUp = Stopwatch.GetTimestamp();
        await call.HangUpAsync(cancellationToken);
        result.MissedCallMs = Milliseconds(hungUp, await mailbox.WaitForAsync(2, cancellationToken));
        var (_, notice) = await mailbox.FetchNewestAsync(cancellationToken);
        Check(
            // MimeKit counts every Content-* header among those of the body.
            "missedCall", notice.Body?.Headers["Content-Class"] == "missedcall",
            $"Bob called again, diverted by 1001, and hung up in the greeting; after {result.MissedCallMs:0.0} ms: {notice.Subject}",
            $"the second message in the mailbox is no notice of a missed call but: {notice.Subject}", new { result.MissedCallMs, notice.Subject });
    }

    private async Task ReadAsync(SoftPhone alice, DemoMailbox mailbox, MailKit.UniqueId id, CancellationToken cancellationToken)
    {
        display.Begin("Alice reads the message");
        var read = Stopwatch.GetTimestamp();
        await mailbox.MarkReadAsync(id, cancellationToken);
        result.ReadToLampOffMs = Milliseconds(read, await LampAsync(alice, lit: false, cancellationToken));
        display.Done("lampOff", true, $"Alice read the message; after {result.ReadToLampOffMs:0.0} ms her lamp was out", new { result.ReadToLampOffMs });
    }

    private void CheckTranscript(MimeMessage message)
    {
        if (result.Recogniser is null)
        {
            display.Done("transcript", true, "no recogniser is installed, so the message says how to switch transcription on", new { transcript = (string?)null });
            return;
        }

        result.Transcript = DemoFixture.TranscriptOf(message);
        Check(
            "transcript", result.Transcript is not null, $"{result.Recogniser} understood: {result.Transcript}",
            $"{result.Recogniser} is installed, but the message has no transcript", new { result.Transcript, result.Recogniser });
    }

    private void CheckAudio(MimeMessage message, AudioClip spoken)
    {
        var part = message.BodyParts.OfType<MimePart>().FirstOrDefault(part => part.ContentType.IsMimeType("audio", "*"));
        using var octets = new MemoryStream();
        part?.Content?.DecodeTo(octets);
        if (!WavReader.TryRead(octets.ToArray(), out var recording, out var error))
        {
            Check("audio", false, "", $"the message holds no recording: {error}", null);
            return;
        }

        var comparison = AudioComparison.Compare(spoken, recording);
        result.Correlation = comparison.Correlation;
        result.LostAtHeadMs = comparison.LostAtHead.TotalMilliseconds;
        result.LostAtTailMs = comparison.LostAtTail.TotalMilliseconds;
        result.LongestGapMs = comparison.LongestGap.TotalMilliseconds;
        var whole = comparison.Correlation >= 0.99 && comparison.LongestGap == TimeSpan.Zero
            && comparison.LostAtHead <= TimeSpan.FromMilliseconds(200) && comparison.LostAtTail <= TimeSpan.FromMilliseconds(200);
        Check(
            "audio", whole, $"the recording is what he spoke: correlation {result.Correlation:0.000}, no gap, {result.LostAtHeadMs + result.LostAtTailMs:0} ms lost at the ends",
            $"the recording is not what was spoken: correlation {result.Correlation:0.000}, gap {result.LongestGapMs:0} ms, lost {result.LostAtHeadMs:0} and {result.LostAtTailMs:0} ms",
            new { result.Correlation, result.LostAtHeadMs, result.LostAtTailMs, result.LongestGapMs, recordedSeconds = recording.Duration.TotalSeconds });
    }

    private void Check(string step, bool ok, string what, string failure, object? figures)
    {
        if (!ok) result.Failures.Add(failure);
        display.Done(step, ok, ok ? what : failure, figures);
    }

    private SoftPhone NewPhone(NameAddress identity) => new(identity, IPAddress.Loopback, SipTransportKind.Udp, loggers, time);

    private static async Task<long> LampAsync(SoftPhone phone, bool lit, CancellationToken cancellationToken)
    {
        while ((await phone.Lamp.ReadAsync(cancellationToken)).Waiting != lit)
        {
        }

        return Stopwatch.GetTimestamp();
    }

    private static double Milliseconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
