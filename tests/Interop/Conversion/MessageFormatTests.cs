using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Files;
using UnifiedMsg.Media.Loudness;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Phone;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Interop.Conversion;

/// <summary>The whole product with messages and greetings of other formats.</summary>
[Requires("ffmpeg", package: "ffmpeg")]
public sealed class MessageFormatTests
{
    [Theory]
    [InlineData(MessageFormat.Mp3, "audio/mpeg", ".mp3")]
    [InlineData(MessageFormat.Ogg, "audio/ogg", ".ogg")]
    public async Task A_message_comes_in_the_format_that_is_wanted(MessageFormat format, string type, string ending)
    {
        await using var installation = await Installation.StartAsync(change: options => options with
        {
            Audio = new AudioSection { MessageFormat = format, LevelMessages = true, MessageLoudness = -26 },
        });
        var said = await Fixtures.ReadAsync("message-short.wav");
        await SpeakAsync(installation, said);
        var message = await installation.OnlyMessageAsync();
        Assert.Equal(type, message.AudioPart.ContentType.MimeType);
        Assert.EndsWith(ending, message.AudioPart.FileName);

        var file = Path.Combine(installation.Folder, "message");
        await File.WriteAllBytesAsync(file, message.Recording);
        var heard = await new AudioFiles(Ffmpeg.Find(TimeProvider.System)).ReadAsync(file, CancellationToken.None);
        var comparison = AudioComparison.Compare(said, heard);
        // Opus turns the phase of low voices; the words are the same.
        Assert.True(comparison.Correlation > 0.8, comparison.ToString());
        var meter = new LoudnessMeter(heard.SampleRate);
        meter.Add(heard.Samples.Span);
        Assert.Equal(-26, meter.Integrated, 1.0);
        Assert.Empty(Directory.GetFiles(Path.Combine(installation.Data, "work")));
    }

    [Fact]
    public async Task A_greeting_may_be_MP3()
    {
        var greeting = await Fixtures.ReadAsync("greeting-rms.wav");
        var mp3 = await ToMp3Async(greeting);
        await using var installation = await Installation.StartAsync(
            Installation.Plan.Replace("hello.wav", "hello.mp3", StringComparison.Ordinal),
            change: options =>
            {
                File.WriteAllBytes(Path.Combine(options.Dialplans, "hello.mp3"), mp3);
                return options;
            });
        var heard = await SpeakAsync(installation, AudioClip.Silence(TimeSpan.FromSeconds(0.1)));
        var comparison = AudioComparison.Compare(greeting, heard);
        Assert.True(comparison.Correlation > 0.85, comparison.ToString());
    }

    private static async Task<byte[]> ToMp3Async(AudioClip clip)
    {
        var folder = Directory.CreateTempSubdirectory("um-mp3").FullName;
        try
        {
            var (wav, mp3) = (Path.Combine(folder, "a.wav"), Path.Combine(folder, "a.mp3"));
            await WavFile.WriteAsync(wav, clip, CancellationToken.None);
            await new AudioFiles(Ffmpeg.Find(TimeProvider.System)).ConvertAsync(wav, clip.SampleRate, mp3, AudioFileKind.Mp3, CancellationToken.None);
            return await File.ReadAllBytesAsync(mp3);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Speaks after the tone, hangs up, and gives what was heard before.
    private static async Task<AudioClip> SpeakAsync(Installation installation, AudioClip words)
    {
        await using var phone = new SoftPhone(
            NameAddress.Parse("<sip:2000@example.test>"), IPAddress.Loopback, SipTransportKind.Udp, NullLoggerFactory.Instance, TimeProvider.System);
        await phone.StartAsync(CancellationToken.None);
        await using var call = await phone.CallAsync(SipUri.Create("1001", "127.0.0.1", installation.SipPort(SipCarrier.Udp), null));
        Assert.True(await call.WaitForToneAsync(Installation.Guard));
        await call.PlayAsync(words);
        return call.Heard;
    }
}
