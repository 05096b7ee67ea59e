using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Media.Tests.Wav;

public sealed class WavRecoveryTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task A_recording_cut_at_any_byte_is_repaired()
    {
        var samples = Enumerable.Range(1, 40).Select(value => (short)value).ToArray();
        var whole = WavFile.Write(new AudioClip(samples, 8000));
        WavHeader.Write(whole, 8000, 0);
        for (var length = 0; length <= whole.Length; length++)
        {
            await File.WriteAllBytesAsync(_path, whole[..length]);
            var recovered = await WavRecovery.RepairAsync(_path, 8000, CancellationToken.None);
            Assert.True(recovered.Changed || length == WavHeader.Length);
            var kept = Math.Max(0, length - WavHeader.Length) / 2;
            Assert.Equal(kept / 8000.0, recovered.Duration.TotalSeconds, 6);
            var clip = await WavFile.ReadAsync(_path, CancellationToken.None);
            Assert.Equal(samples[..kept], clip.Samples.ToArray());
            Assert.False((await WavRecovery.RepairAsync(_path, 8000, CancellationToken.None)).Changed);
        }
    }

    [Fact]
    public async Task A_header_that_never_reached_the_disk_is_replaced()
    {
        var file = WavFile.Write(new AudioClip(new short[] { 7, 8 }, 16000));
        Array.Clear(file, 0, WavHeader.Length);
        await File.WriteAllBytesAsync(_path, file);
        Assert.Equal(16000, (await WavRecovery.RepairAsync(_path, 16000, CancellationToken.None)).SampleRate);
        Assert.Equal([7, 8], (await WavFile.ReadAsync(_path, CancellationToken.None)).Samples.ToArray());
    }
}
