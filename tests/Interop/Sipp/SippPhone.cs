using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>Plays a scenario once, with sipp, against an installation.</summary>
internal static class SippPhone
{
    /// <summary>What a scenario streams.</summary>
    public const string AudioFile = "speech.raw";

    private const string Messages = "messages.log";

    /// <summary>Plays it to its end; fails with what sipp saw when the call did not go as the scenario says.</summary>
    /// <param name="installation">Whom it calls.</param>
    /// <param name="scenario">What it does.</param>
    /// <param name="carrier">The transport.</param>
    /// <param name="speech">What it streams, when the scenario says so.</param>
    /// <param name="codec">How that is coded; PCMU by default.</param>
    /// <param name="extension">The number.</param>
    /// <param name="answersRepeats">
    /// As a phone should, sipp answers a repeated response by repeating its last request, unasked by the scenario. False for a scenario
    /// that says itself what is repeated.
    /// </param>
    /// <param name="calls">How many times it is played, as good as at once.</param>
    /// <param name="hearsLater">
    /// True for a caller who sends before it has read what came meanwhile. (sipp takes for wrong what it is not waiting for at the moment, and
    /// ends the call.)
    /// </param>
    /// <returns>Every SIP message that went either way.</returns>
    public static async Task<string> CallAsync(
        Installation installation, SippScenario scenario, SipCarrier carrier = SipCarrier.Udp, AudioClip? speech = null, AudioCodec? codec = null,
        string extension = "1001", bool answersRepeats = true, int calls = 1, bool hearsLater = false)
    {
        var folder = Directory.CreateDirectory(Path.Combine(installation.Folder, Path.GetRandomFileName())).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "scenario.xml"), scenario.ToXml("call", carrier));
        if (speech is not null)
            await File.WriteAllBytesAsync(Path.Combine(folder, AudioFile), Encode(speech, codec ?? AudioCodec.Pcmu));
        await using var tunnel = Tunnel.To(installation, carrier);
        // sipp takes the media port and the second one after it, for video.
        var port = FreePort.Block(8);
        await using var sipp = ExternalProgram.Start(
            "sipp", folder,
            [$"127.0.0.1:{tunnel?.Port ?? installation.SipPort(carrier)}", "-sf", "scenario.xml", "-s", extension, "-m", $"{calls}", "-r", "100",
            "-t", carrier == SipCarrier.Udp ? "u1" : "t1", "-i", "127.0.0.1", "-p", $"{port}",
            "-mi", "127.0.0.1", "-mp", $"{port + 2}", "-nostdin",
            .. answersRepeats ? [] : (string[])["-nr"],
            .. hearsLater ? (string[])["-default_behaviors", "all,-abortunexp"] : [],
            "-trace_msg", "-message_file", Messages, "-trace_err", "-error_file", "errors.log"]);
        try
        {
            await sipp.EndAsync(Installation.Guard);
        }
        catch (Xunit.Sdk.XunitException failure)
        {
            Assert.Fail($"{failure.Message}\n{await ReadAsync("errors.log")}\n{await ReadAsync(Messages)}");
        }
        return await ReadAsync(Messages);

        async Task<string> ReadAsync(string name) =>
            File.Exists(Path.Combine(folder, name)) ? await File.ReadAllTextAsync(Path.Combine(folder, name)) : "";
    }

    private static byte[] Encode(AudioClip clip, AudioCodec codec)
    {
        var samples = clip.Resample(codec.SampleRate).Samples.Span;
        var payload = new byte[2 * samples.Length];
        return payload[..codec.CreateEncoder().Encode(samples, payload)];
    }
}
