using UnifiedMsg.Interop.Baresip;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop;

/// <summary>From words to words: spoken by one program, called in by another, recognised by a third.</summary>
[Requires("flite", package: "flite")]
[Requires("baresip", package: "baresip-core")]
[Requires("pocketsphinx_continuous", package: "pocketsphinx pocketsphinx-en-us")]
public sealed class SpokenWordsTests
{
    private const string Said = "Please call me back tomorrow morning about the new contract.";

    private static readonly SpeechSection PocketSphinx = new()
    {
        Engine = SpeechEngine.Command,
        Command = "pocketsphinx_continuous",
        Arguments = ["-infile", "{input}", "-time", "yes", "-logfn", "/dev/null"],
        SampleRate = 16_000,
        Language = "en",
    };

    [Fact]
    public async Task What_was_said_can_be_read()
    {
        await using var installation = await Installation.StartAsync(speech: PocketSphinx);
        await ExternalProgram.RunAsync("flite", installation.Folder, Installation.Guard, "-voice", "rms", "-t", Said, "-o", "said.wav");
        var said = await WavFile.ReadAsync(Path.Combine(installation.Folder, "said.wav"), CancellationToken.None);
        var says = Fixtures.Between(Installation.BeforeSpeaking, said.Resample(8000), TimeSpan.FromSeconds(0.5));
        await using var phone = await BaresipPhone.StartAsync(installation.Folder, "PCMU", says);
        await phone.CallAsync(installation, SipCarrier.Udp);
        await phone.EndOfCallAsync();

        var message = await installation.OnlyMessageAsync();
        foreach (var word in (string[])["call", "back", "tomorrow", "morning", "contract"])
        {
            Assert.Contains(word, message.Text, StringComparison.OrdinalIgnoreCase);
            Assert.Contains(word, message.Vtt, StringComparison.OrdinalIgnoreCase);
        }
    }
}
