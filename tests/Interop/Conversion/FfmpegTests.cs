using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Files;
using UnifiedMsg.Media.Loudness;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Interop.Conversion;

/// <summary>MP3 and Ogg Opus through ffmpeg, and its own word on what we measure and write.</summary>
[Requires("ffmpeg", package: "ffmpeg")]
public sealed class FfmpegTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("um-ffmpeg").FullName;
    private readonly AudioFiles _files = new(Ffmpeg.Find(TimeProvider.System));
    private AudioClip _speech = null!;

    public async ValueTask InitializeAsync() => _speech = await Fixtures.ReadAsync("message-rms.wav");

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return default;
    }

    [Theory]
    [InlineData(AudioFileKind.Mp3, 8000)]
    [InlineData(AudioFileKind.Mp3, 48000)]
    [InlineData(AudioFileKind.Ogg, 8000)]
    [InlineData(AudioFileKind.Ogg, 16000)]
    public async Task What_is_written_reads_back_as_the_same_words(AudioFileKind kind, int rate)
    {
        await WavFile.WriteAsync(In("a.wav"), _speech.Resample(rate), CancellationToken.None);
        await _files.ConvertAsync(In("a.wav"), rate, In("a"), kind, CancellationToken.None);
        Assert.Equal(kind, AudioFileKinds.Of((await File.ReadAllBytesAsync(In("a"))).AsSpan(0, AudioFileKinds.HeadLength)));
        Assert.True(new FileInfo(In("a")).Length < new FileInfo(In("a.wav")).Length / 2);
        var heard = await _files.ReadAsync(In("a"), CancellationToken.None);
        Assert.Equal(Ffmpeg.DecodedRate, heard.SampleRate);
        Assert.Equal(_speech.Duration.TotalSeconds, heard.Duration.TotalSeconds, 0.2);
        var comparison = AudioComparison.Compare(_speech, heard);
        // Opus turns the phase of low voices; the words are the same.
        Assert.True(comparison.Correlation > 0.8, comparison.ToString());
    }

    // A playlist that says it is a sound must not make ffmpeg open what it names; nor may what is cut or wrong pass.
    [Fact]
    public async Task Damaged_files_and_strange_ones_are_refused()
    {
        byte[][] files =
        [
            [.. "OggS"u8, .. new byte[2000]],
            [.. "ID3"u8, 4, 0, 0, 0, 0, 0, 0, .. "#EXTM3U\n/etc/hostname\n"u8],
            [.. "OggS"u8, .. "ffconcat version 1.0\nfile /etc/hostname\n"u8],
        ];
        foreach (var file in files)
        {
            await File.WriteAllBytesAsync(In("bad"), file);
            await Assert.ThrowsAsync<InvalidDataException>(() => _files.ReadAsync(In("bad"), CancellationToken.None));
        }
    }

    [Fact]
    public async Task Who_does_not_wait_ends_it()
    {
        await WavFile.WriteAsync(In("a.wav"), _speech, CancellationToken.None);
        using var over = new CancellationTokenSource();
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _files.ConvertAsync(In("a.wav"), 8000, In("a.ogg"), AudioFileKind.Ogg, over.Token));
    }

    [Fact]
    public async Task Both_measure_the_same_loudness()
    {
        foreach (var clip in new[] { _speech, _speech.Level(new LevellingTarget(-30)) })
        {
            await WavFile.WriteAsync(In("a.wav"), clip, CancellationToken.None);
            var said = await ExternalProgram.RunAsync(
                "ffmpeg", _folder, Installation.Guard, "-nostdin", "-hide_banner", "-i", "a.wav", "-af", "ebur128", "-f", "null", "-");
            // The last "I:" is that of the summary.
            var theirs = double.Parse(said[(said.LastIndexOf("I:", StringComparison.Ordinal) + 2)..].TrimStart().Split(' ')[0]);
            var meter = new LoudnessMeter(clip.SampleRate);
            meter.Add(clip.Samples.Span);
            Assert.Equal(theirs, meter.Integrated, 0.2);
        }
    }

    [Theory]
    [InlineData(WavEncoding.Pcm, 8, "pcm_u8")]
    [InlineData(WavEncoding.Pcm, 16, "pcm_s16le")]
    [InlineData(WavEncoding.Pcm, 24, "pcm_s24le")]
    [InlineData(WavEncoding.Pcm, 32, "pcm_s32le")]
    [InlineData(WavEncoding.Float, 32, "pcm_f32le")]
    [InlineData(WavEncoding.Float, 64, "pcm_f64le")]
    [InlineData(WavEncoding.ALaw, 8, "pcm_alaw")]
    [InlineData(WavEncoding.MuLaw, 8, "pcm_mulaw")]
    public async Task Each_reads_the_WAV_files_of_the_other(WavEncoding encoding, int bits, string codec)
    {
        await File.WriteAllBytesAsync(In("ours.wav"), WavFile.Write(_speech, new WavFormat(encoding, bits, 2, 8000)));
        await ExternalProgram.RunAsync(
            "ffmpeg", _folder, Installation.Guard, "-nostdin", "-i", "ours.wav", "-c:a", codec, "-rf64", "always", "theirs.wav");
        var again = await WavFile.ReadAsync(In("theirs.wav"), CancellationToken.None);
        var ours = await WavFile.ReadAsync(In("ours.wav"), CancellationToken.None);
        Assert.Equal(ours.Samples.ToArray(), again.Samples.ToArray());
    }

    private string In(string name) => Path.Combine(_folder, name);
}
