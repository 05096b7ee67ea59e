using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Signals;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Network;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Server.Phone;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg call</c>: a SIP phone for tests and diagnosis.</summary>
internal static class CallCommand
{
    public static Command Create(CommandContext context)
    {
        var target = new Argument<string>("URI") { Description = "Whom to call, as in sip:1001@127.0.0.1:5060, sip:1001@pbx;transport=tcp or sips:1001@pbx." };
        var play = new Option<string?>("--play") { Description = "Speak this WAV file after the tone, then hang up.", HelpName = "WAV" };
        var keys = new Option<string?>("--dtmf") { Description = "Press these keys (0-9 * # A-D) after speaking.", HelpName = "KEYS" };
        var record = new Option<string?>("--record") { Description = "Write what is heard to this WAV file.", HelpName = "WAV" };
        var from = new Option<string?>("--from") { Description = "Who calls, as in sip:2000@example.test or \"Bob\" <sip:2000@example.test>.", HelpName = "URI" };
        var seconds = new Option<double?>("--seconds") { Description = "Hang up after so many seconds of the call at the latest; without --play and --dtmf, exactly then.", HelpName = "S" };
        var wait = new Option<double>("--wait-for-tone")
        {
            Description = "Seconds to wait for the tone before speaking all the same; 0 speaks at once.",
            HelpName = "S",
            DefaultValueFactory = _ => 20,
        };
        var authorities = new Option<string?>("--authorities")
        {
            Description = "Over TLS, believe the authorities or self-signed certificates in this PEM file instead of those that the machine trusts.",
            HelpName = "PEM",
        };
        var codec = new Option<string?>("--codec") { Description = "Speak only this codec: pcmu, pcma, g722, opus (needs libopus.so.0) or l16; else what the other side likes best.", HelpName = "NAME" };
        var country = new Option<string>("--country")
        {
            Description = "Whose tones to listen for: two letters, such as de, uk or us.",
            HelpName = "COUNTRY",
            DefaultValueFactory = _ => CountryTones.AnyCountry,
        };
        var srtp = new Option<bool>("--srtp") { Description = "Protect the audio by SRTP; a server that can't refuses the call." };
        var command = new Command("call", "Place a call: speak a file, press keys, record what is heard.") { target, play, keys, record, from, seconds, wait, codec, srtp, country, authorities };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var plan = new CallScript
            {
                Target = Uri(arguments.GetRequiredValue(target)),
                From = arguments.GetValue(from) is { } identity ? Identity(identity) : null,
                Play = arguments.GetValue(play) is { } path ? await WavFile.ReadAsync(context.Resolve(path), cancellationToken) : null,
                Keys = Keys(arguments.GetValue(keys) ?? ""),
                Most = arguments.GetValue(seconds) is { } most ? Seconds(most) : null,
                WaitForTone = Seconds(arguments.GetValue(wait)),
                Codecs = arguments.GetValue(codec) is { } name ? Codec(name) : null,
                Country = Country(arguments.GetRequiredValue(country)),
                Srtp = arguments.GetValue(srtp) ? SrtpPolicy.Required : SrtpPolicy.Off,
                Tls = arguments.GetValue(authorities) is { } pem ? new SipTlsOptions { ServerAuthorities = Authorities(context.Resolve(pem)) } : null,
            };
            var report = await plan.RunAsync(NullLoggerFactory.Instance, context.Time, cancellationToken);
            if (arguments.GetValue(record) is { } file && report.Heard is { } heard)
                await WavFile.WriteAsync(context.Resolve(file), heard, cancellationToken);
            context.Answer(arguments, report, output => Write(output, report));
            return report.Ok ? ExitCode.Done : report.Unreachable ? ExitCode.Unreachable : ExitCode.Wrong;
        });
        return command;
    }

    private static SipUri Uri(string text) =>
        SipUri.TryParse(text, out var uri) && uri.IsSip
            ? uri
            : throw new CommandException(ExitCode.Usage, $"'{text}' is not a SIP URI; write it as in sip:1001@127.0.0.1:5060");

    private static X509Certificate2Collection Authorities(string file)
    {
        try
        {
            return CertificateAuthorities.Read(file);
        }
        catch (CertificateException e)
        {
            throw new CommandException(ExitCode.Usage, $"--authorities: {e.Message}");
        }
    }

    private static CountryTones Country(string text) =>
        CountryTones.TryFind(text, out var tones)
            ? tones
            : throw new CommandException(ExitCode.Usage, $"--country: '{text}' is not known; write one of {string.Join(", ", CountryTones.Countries)}");

    private static NameAddress Identity(string text) =>
        NameAddress.TryParse(text, out var identity)
            ? identity
            : throw new CommandException(ExitCode.Usage, $"--from: '{text}' is not a SIP address; write it as in sip:2000@example.test or \"Bob\" <sip:2000@example.test>");

    private static string Keys(string text) =>
        text.All(key => char.IsAsciiDigit(key) || "*#ABCD".Contains(key, StringComparison.Ordinal))
            ? text
            : throw new CommandException(ExitCode.Usage, $"--dtmf: '{text}' has a character that is no telephone key (0-9 * # A-D)");

    private static CodecPreference Codec(string name)
    {
        if (OptionType.Of(typeof(MediaCodec)).Parse(name) is not MediaCodec codec)
            throw new CommandException(ExitCode.Usage, $"--codec: '{name}' is no codec; write pcmu, pcma, g722, opus or l16");
        return CallCodecs.Named(codec) is { Count: > 0 } codecs
            ? new CodecPreference(codecs)
            : throw new CommandException(ExitCode.Wrong, $"--codec: {name} needs a library that is not installed: apt-get install libopus0");
    }

    private static TimeSpan Seconds(double seconds) =>
        seconds is >= 0 and <= 86_400 ? TimeSpan.FromSeconds(seconds) : throw new CommandException(ExitCode.Usage, "seconds are from 0 to 86400");

    private static void Write(TextWriter output, CallReport report)
    {
        if (!report.Answered)
        {
            output.WriteLine($"{(report.Unreachable ? "not reached" : "refused")}: {report.Status} {report.Reason}");
            return;
        }

        output.WriteLine($"answered after {report.AnsweredAfterMs:0.0} ms, {report.Codec}{(report.Srtp is { } suite ? $", SRTP {suite}" : "")}");
        if (report.ToneAfterSeconds is { } tone) output.WriteLine($"tone after {tone:0.0} s");
        if (report.Signals.Count > 0) output.WriteLine($"heard: {string.Join(", ", report.Signals)}");
        output.WriteLine($"ended after {report.Seconds:0.0} s: {report.End}");
        output.WriteLine($"received {report.PacketsReceived} packets, {report.PacketsLost} lost, jitter {report.JitterMs:0.0} ms; sent {report.PacketsSent}");
        if (report.Mos is { } mos) output.WriteLine($"sound {mos:0.0} of 4.5 (estimated)");
        if (report.RoundTripMs is { } trip) output.WriteLine($"round trip {trip:0.0} ms, {report.PacketsLostByRemote} of ours lost");
    }
}
