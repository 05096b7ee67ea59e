using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Files;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Media.Tests.Files;

public sealed class AudioFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("um-files-").FullName;

    private string File_(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("52494646 00000000 57415645", AudioFileKind.Wav)]
    [InlineData("52463634 FFFFFFFF 57415645", AudioFileKind.Wav)]
    [InlineData("4F676753 00020000", AudioFileKind.Ogg)]
    [InlineData("49443304 00", AudioFileKind.Mp3)]
    [InlineData("FFFB9064", AudioFileKind.Mp3)]
    [InlineData("FFF3", AudioFileKind.Mp3)]
    [InlineData("FFF15080", null)]
    [InlineData("23455854 4D3355", null)]
    [InlineData("FF", null)]
    [InlineData("", null)]
    public void A_file_is_known_by_its_first_octets(string head, AudioFileKind? kind) =>
        Assert.Equal(kind, AudioFileKinds.Of(Convert.FromHexString(head.Replace(" ", "", StringComparison.Ordinal))));

    [Fact]
    public async Task Without_ffmpeg_WAV_is_read_and_all_else_says_what_is_missing()
    {
        var files = new AudioFiles(Ffmpeg.Find(TimeProvider.System, path: _folder));
        Assert.True(files.Knows(AudioFileKind.Wav));
        Assert.False(files.Knows(AudioFileKind.Mp3));
        await WavFile.WriteAsync(File_("a.mp3"), Tones.Tone(0.1, 0.3, 440), CancellationToken.None);
        Assert.Equal(0.1, (await files.ReadAsync(File_("a.mp3"), CancellationToken.None)).Duration.TotalSeconds);
        await File.WriteAllBytesAsync(File_("b.wav"), [.. "OggS"u8, .. new byte[100]]);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => files.ReadAsync(File_("b.wav"), CancellationToken.None));
        Assert.Contains("ffmpeg, which is not installed", error.Message);
        error = await Assert.ThrowsAsync<InvalidDataException>(
            () => files.ConvertAsync(File_("a.mp3"), 8000, File_("c.ogg"), AudioFileKind.Ogg, CancellationToken.None));
        Assert.Contains("ffmpeg, which is not installed", error.Message);
    }

    [Fact]
    public async Task What_is_no_sound_is_refused()
    {
        await File.WriteAllTextAsync(File_("list.m3u"), "#EXTM3U\n/etc/passwd\n");
        await Assert.ThrowsAsync<InvalidDataException>(() => new AudioFiles(null).ReadAsync(File_("list.m3u"), CancellationToken.None));
    }
}
