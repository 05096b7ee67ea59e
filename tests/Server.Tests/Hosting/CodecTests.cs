using System.Text.Json;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;
using MimeKit;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Server.Commands;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Server.Tests.Commands;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Hosting;

/// <summary>Calls of our own phone in each codec, up to the file in the message.</summary>
public sealed class CodecTests : IAsyncLifetime
{
    private const string Password = "correct horse";
    private const string Plan = """
        steps:
          - name: An extension is its mailbox
            to: "{extension}"
            mailbox: "{extension}"
            greeting: hello.wav
        """;

    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private TestServer? _server;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    // The rate of the message, whatever the rate of the file that is spoken.
    [Theory]
    [InlineData("pcma", "PCMA/8000", 8000)]
    [InlineData("g722", "G722/8000", 16000)]
    [InlineData("l16", "L16/16000", 16000)]
    [InlineData("opus", "opus/48000/2", 16000)]
    public async Task What_is_spoken_is_in_the_message_at_the_rate_of_the_codec(string codec, string name, int rate)
    {
        Assert.SkipWhen(codec == "opus" && AudioCodec.Opus is null && Environment.GetEnvironmentVariable("CI") != "true", "libopus.so.0 is not here; install it: apt-get install libopus0");
        await StartAsync(new MediaSection());
        var spoken = Speech();
        await WavFile.WriteAsync(Path.Combine(_server!.Folder, "speech.wav"), spoken, CancellationToken.None);

        Assert.Equal(name, await CallAsync("--codec", codec));

        var recorded = await OnlyRecordingAsync();
        Assert.Equal(rate, recorded.SampleRate);
        var comparison = AudioComparison.Compare(spoken, recorded);
        Assert.True(comparison.Correlation > 0.85, comparison.ToString());
    }

    // The phone offers G.711 first.
    [Theory]
    [InlineData(CodecOrder.Caller, "PCMU/8000")]
    [InlineData(CodecOrder.Ours, "G722/8000")]
    public async Task The_order_that_is_configured_decides(CodecOrder order, string name)
    {
        await StartAsync(new MediaSection { Codecs = [MediaCodec.G722, MediaCodec.Pcmu], CodecOrder = order });
        await WavFile.WriteAsync(Path.Combine(_server!.Folder, "speech.wav"), Speech(), CancellationToken.None);
        Assert.Equal(name, await CallAsync());
    }

    [Fact]
    public async Task A_codec_that_is_not_configured_is_refused()
    {
        await StartAsync(new MediaSection { Codecs = [MediaCodec.Pcmu] });
        var run = await CommandRun.OfAsync(_server!.Folder, "call", Target, "--codec", "g722");
        Assert.Equal(ExitCode.Wrong, run.ExitCode);
        Assert.StartsWith("refused: 488", run.Output);
    }

    [Fact]
    public async Task A_codec_that_nobody_knows_is_wrong_usage()
    {
        var run = await CommandRun.OfAsync(Path.GetTempPath(), "call", "sip:1001@127.0.0.1", "--codec", "g729");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("'g729' is no codec; write pcmu, pcma, g722, opus or l16", run.Error);
    }

    [Fact]
    public void The_default_is_everything_that_this_machine_speaks() =>
        Assert.Equal(
            [.. AudioCodec.Opus is { } opus ? [opus] : (AudioCodec[])[], AudioCodec.G722, AudioCodec.Pcmu, AudioCodec.Pcma, .. AudioCodec.L16],
            CallCodecs.Of(new MediaSection()).Codecs);

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    private string Target => $"sip:1001@{_server!.Host.EndPoints.Sip[0].EndPoint}";

    private async Task StartAsync(MediaSection media)
    {
        _server = await TestServer.StartAsync(options =>
        {
            File.WriteAllText(Path.Combine(options.Dialplans, "default.yaml"), Plan);
            File.WriteAllBytes(Path.Combine(options.Dialplans, "hello.wav"), WavFile.Write(Tones.Tone(0.4, 0.3, 440)));
            return options with { Media = media };
        });
        await _server.AddUserAsync("alice", "1001", Password);
    }

    // A voice without words: chords that glide, so that each moment is like no other.
    private static AudioClip Speech() => new(
        Enumerable.Range(0, 32_000).Select(i =>
        {
            var time = i / 16_000.0;
            var phase = 2 * Math.PI * (140 * time + 25 * time * time);
            return (short)(4000 * (Math.Sin(phase) + 0.7 * Math.Sin(3 * phase) + 0.5 * Math.Sin(7 * phase)) * (0.6 + 0.4 * Math.Sin(9 * time)));
        }).ToArray(),
        16_000);

    private async Task<string> CallAsync(params string[] more)
    {
        var run = await CommandRun.OfAsync(_server!.Folder, ["call", Target, "--play", "speech.wav", "--json", .. more]);
        Assert.True(run.ExitCode == ExitCode.Done, run.Output + run.Error);
        using var report = JsonDocument.Parse(run.Output);
        // The tone has to be heard as one through every codec.
        Assert.Equal(JsonValueKind.Number, report.RootElement.GetProperty("toneAfterSeconds").ValueKind);
        return report.RootElement.GetProperty("codec").GetString()!;
    }

    private async Task<AudioClip> OnlyRecordingAsync()
    {
        using var client = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync("127.0.0.1", _server!.Host.EndPoints.Imaps[0].Port, SecureSocketOptions.SslOnConnect);
        await client.AuthenticateAsync("alice@example.test", Password);
        var inbox = client.Inbox!;
        await inbox.OpenAsync(FolderAccess.ReadOnly);
        using var arrived = new CancellationTokenSource();
        using var guard = new CancellationTokenSource(Guard);
        inbox.CountChanged += (_, _) => arrived.Cancel();
        if (inbox.Count == 0)
            await client.IdleAsync(arrived.Token, guard.Token);
        var message = await inbox.GetMessageAsync(0);
        var part = Assert.Single(message.BodyParts.OfType<MimePart>(), part => part.ContentType.IsMimeType("audio", "*"));
        using var content = new MemoryStream();
        part.Content!.DecodeTo(content);
        Assert.True(WavReader.TryRead(content.ToArray(), out var clip, out var error), error);
        return clip;
    }
}
