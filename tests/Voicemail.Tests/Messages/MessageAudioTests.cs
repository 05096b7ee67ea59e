using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Media.Files;
using UnifiedMsg.Media.Loudness;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Voicemail.Messages;
using UnifiedMsg.Voicemail.Tests.Flows;

namespace UnifiedMsg.Voicemail.Tests.Messages;

/// <summary>A conversion that can't be done costs a message its wish, and nothing else.</summary>
public sealed class MessageAudioTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("um-audio-").FullName;
    private Recording _recording = null!;

    private string Work => Path.Combine(_folder, "work");

    public async ValueTask InitializeAsync()
    {
        _recording = new Recording(Path.Combine(_folder, "01.wav"), VoicemailRig.Words.Duration, 8000);
        await WavFile.WriteAsync(_recording.Path, VoicemailRig.Words, CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return default;
    }

    [Fact]
    public async Task By_itself_it_is_the_recording()
    {
        using var file = await PrepareAsync(new AudioOptions(), null);
        Assert.Equal((_recording.Path, AudioFileKind.Wav), (file.Path, file.Kind));
    }

    [Fact]
    public async Task Without_ffmpeg_it_is_the_recording_too()
    {
        using var file = await PrepareAsync(new AudioOptions { Format = AudioFileKind.Ogg }, null);
        Assert.Equal((_recording.Path, AudioFileKind.Wav), (file.Path, file.Kind));
    }

    [Theory]
    [InlineData("/bin/false")]
    [InlineData("/nowhere/ffmpeg")]
    public async Task An_ffmpeg_that_fails_leaves_the_recording_and_nothing_else(string program)
    {
        using var file = await PrepareAsync(new AudioOptions { Format = AudioFileKind.Mp3 }, new Ffmpeg(program, TimeProvider.System));
        Assert.Equal((_recording.Path, AudioFileKind.Wav), (file.Path, file.Kind));
        Assert.Empty(Directory.GetFiles(Work));
    }

    [Fact]
    public async Task A_levelled_message_is_another_file_that_goes_with_it()
    {
        var file = await PrepareAsync(new AudioOptions { Messages = new LevellingTarget(-30) }, null);
        Assert.NotEqual(_recording.Path, file.Path);
        var meter = new LoudnessMeter(8000);
        meter.Add((await WavFile.ReadAsync(file.Path, CancellationToken.None)).Samples.Span);
        Assert.Equal(-30, meter.Integrated, 0.2);
        Assert.Equal(VoicemailRig.Words.Samples.ToArray(), (await WavFile.ReadAsync(_recording.Path, CancellationToken.None)).Samples.ToArray());
        file.Dispose();
        Assert.Empty(Directory.GetFiles(Work));
    }

    private Task<MessageFile> PrepareAsync(AudioOptions options, Ffmpeg? ffmpeg) =>
        new MessageAudio(options, new AudioFiles(ffmpeg), Directory.CreateDirectory(Work).FullName, NullLogger<MessageAudio>.Instance)
            .PrepareAsync("01", _recording, CancellationToken.None);
}
