using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Signals;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Server.Phone;

/// <summary>One call of a phone from dialling to hanging up.</summary>
public sealed record CallScript
{
    /// <summary>Whom to call.</summary>
    public required SipUri Target { get; init; }

    /// <summary>Who calls; null for a name of the phone's own.</summary>
    public NameAddress? From { get; init; }

    /// <summary>What to speak, or null.</summary>
    public AudioClip? Play { get; init; }

    /// <summary>The keys to press after it.</summary>
    public string Keys { get; init; } = "";

    /// <summary>The longest the call may last; null: until everything is done, or, with nothing to do, until the other side hangs up.</summary>
    public TimeSpan? Most { get; init; }

    /// <summary>How long to wait for the tone before speaking.</summary>
    public TimeSpan WaitForTone { get; init; }

    /// <summary>Whose tones may be heard.</summary>
    public CountryTones Country { get; init; } = CountryTones.Default;

    /// <summary>Whom to believe over TLS; null for those whom this machine trusts.</summary>
    public SipTlsOptions? Tls { get; init; }

    /// <summary>What is spoken; null for what every installation does.</summary>
    public CodecPreference? Codecs { get; init; }

    /// <summary>Whether the call is protected by SRTP.</summary>
    public SrtpPolicy Srtp { get; init; } = SrtpPolicy.Off;

    /// <summary>Places the call.</summary>
    public async Task<CallReport> RunAsync(ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await using var phone = SoftPhone.For(Target, From, loggers, time, Tls, Codecs, Srtp);
            await phone.StartAsync(cancellationToken);
            await using var call = await phone.CallAsync(Target, cancellationToken: cancellationToken);
            var started = time.GetTimestamp();
            var (tone, said) = await TalkAsync(call, time, cancellationToken);
            var remote = call.Ended.IsCancellationRequested;
            var lasted = time.GetElapsedTime(started);
            await call.HangUpAsync(CancellationToken.None);
            return Report(call, said, Country) with
            {
                ToneAfterSeconds = tone?.TotalSeconds,
                Seconds = lasted.TotalSeconds,
                End = remote ? "the other side hung up" : "we hung up",
            };
        }
        catch (CallRefusedException refusal)
        {
            return new CallReport { Ok = false, Unreachable = refusal.Unreachable, Status = refusal.Status, Reason = refusal.Reason };
        }
    }

    private async Task<(TimeSpan? Tone, bool Said)> TalkAsync(PhoneCall call, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var limit = Most is { } most ? new CancellationTokenSource(most, time) : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var silent = Play is null && Keys.Length == 0;
        TimeSpan? tone = null;
        try
        {
            if (silent) await call.WaitForEndAsync(Timeout.InfiniteTimeSpan, either.Token);
            else if (WaitForTone > TimeSpan.Zero && await call.WaitForToneAsync(WaitForTone, either.Token)) tone = time.GetElapsedTime(started);
            if (Play is not null) await call.PlayAsync(Play, either.Token);
            if (Keys.Length > 0) await call.PressAsync(Keys, either.Token);
            return (tone, true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time was up, or the other side hung up before all was said.
            return (tone, silent);
        }
    }

    private static CallReport Report(PhoneCall call, bool said, CountryTones country)
    {
        var figures = call.Figures;
        var heard = call.Heard;
        return new CallReport
        {
            Ok = said,
            Answered = true,
            Status = 200,
            Reason = "OK",
            CallId = call.CallId,
            Codec = call.Codec,
            Srtp = call.Srtp,
            AnsweredAfterMs = call.AnsweredAfter.TotalMilliseconds,
            PacketsReceived = figures.PacketsReceived,
            PacketsLost = figures.PacketsLost,
            PacketsSent = figures.PacketsSent,
            JitterMs = figures.Jitter.TotalMilliseconds,
            Mos = figures.MeanOpinionScore,
            RoundTripMs = figures.RoundTrip?.TotalMilliseconds,
            PacketsLostByRemote = figures.PacketsLostByRemote,
            Heard = heard,
            Signals = [.. Listen(heard, country).Select(signal => JsonNamingPolicy.CamelCase.ConvertName(signal.ToString()))],
        };
    }

    private static List<CallProgress> Listen(AudioClip heard, CountryTones country)
    {
        var detector = new CallProgressDetector(country, heard.SampleRate);
        detector.Write(heard.Samples.Span);
        var signals = new List<CallProgress>();
        while (detector.Signals.TryRead(out var signal)) signals.Add(signal);
        return signals;
    }
}

/// <summary>What became of a call.</summary>
public sealed record CallReport
{
    /// <summary>Whether the call was answered and everything was said.</summary>
    public required bool Ok { get; init; }

    /// <summary>Whether it was answered.</summary>
    public bool Answered { get; init; }

    /// <summary>Whether nobody was there to answer or to refuse it; the status is one of our own making then.</summary>
    public bool Unreachable { get; init; }

    /// <summary>The SIP status.</summary>
    public int Status { get; init; }

    /// <summary>The reason phrase.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The Call-ID.</summary>
    public string? CallId { get; init; }

    /// <summary>The codec.</summary>
    public string? Codec { get; init; }

    /// <summary>The suite of SRTP; null when packets went in clear.</summary>
    public string? Srtp { get; init; }

    /// <summary>From INVITE to 200, in milliseconds.</summary>
    public double AnsweredAfterMs { get; init; }

    /// <summary>From 200 to the end of the tone, in seconds; null when none was heard or waited for.</summary>
    public double? ToneAfterSeconds { get; init; }

    /// <summary>From 200 to the end, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>Who hung up.</summary>
    public string? End { get; init; }

    /// <summary>RTP packets received.</summary>
    public long PacketsReceived { get; init; }

    /// <summary>Of those sent to us, how many are missing.</summary>
    public long PacketsLost { get; init; }

    /// <summary>RTP packets sent.</summary>
    public long PacketsSent { get; init; }

    /// <summary>RFC 3550 §6.4.1, in milliseconds.</summary>
    public double JitterMs { get; init; }

    /// <summary>What a listener would say of what was heard, 1 to 4.5, by an estimate; null when nothing was.</summary>
    public double? Mos { get; init; }

    /// <summary>The round trip by RTCP, in milliseconds; null when the call was too short for it.</summary>
    public double? RoundTripMs { get; init; }

    /// <summary>RTP packets of ours that the other side misses; null when it did not say.</summary>
    public int? PacketsLostByRemote { get; init; }

    /// <summary>What was told by ear, in its order: voice, ringing, busy, congestion, information, dialTone, faxCalling, faxAnswering.</summary>
    public IReadOnlyList<string> Signals { get; init; } = [];

    /// <summary>What was heard.</summary>
    [JsonIgnore]
    public AudioClip? Heard { get; init; }
}
