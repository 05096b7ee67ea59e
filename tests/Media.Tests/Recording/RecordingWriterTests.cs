using UnifiedMsg.Media.Recording;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Media.Tests.Recording;

public sealed class RecordingWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("um-recording-").FullName;
    private readonly short[] _samples = [.. Enumerable.Range(0, 20_000).Select(i => (short)(i * 7))];

    private string Path => System.IO.Path.Combine(_folder, "call.wav");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_completed_recording_is_what_was_written()
    {
        using var disk = new RecordingDisk(new RecordingDiskOptions(), TimeProvider.System);
        await using var writer = await disk.CreateAsync(Path, 8000, CancellationToken.None);
        foreach (var part in _samples.Chunk(161))
            Assert.True(writer.Write(part));
        Assert.Equal(TimeSpan.FromSeconds(2.5), await writer.CompleteAsync());
        Assert.Equal(TimeSpan.FromSeconds(2.5), await writer.CompleteAsync());
        Assert.False(writer.Write(_samples));
        Assert.Equal(_samples, (await WavFile.ReadAsync(Path, CancellationToken.None)).Samples.ToArray());
        Assert.False((await WavRecovery.RepairAsync(Path, 8000, CancellationToken.None)).Changed);
    }

    [Fact]
    public async Task It_can_be_cut_when_it_is_completed()
    {
        using var disk = new RecordingDisk(new RecordingDiskOptions(), TimeProvider.System);
        await using var writer = await disk.CreateAsync(Path, 8000, CancellationToken.None);
        writer.Write(_samples);
        Assert.Equal(TimeSpan.FromSeconds(1), await writer.CompleteAsync(TimeSpan.FromSeconds(1)));
        Assert.Equal(_samples[..8000], (await WavFile.ReadAsync(Path, CancellationToken.None)).Samples.ToArray());
    }

    [Fact]
    public async Task It_grows_on_disk_while_it_is_written_and_lags_by_less_than_a_chunk()
    {
        using var disk = new RecordingDisk(new RecordingDiskOptions { SyncInterval = TimeSpan.Zero }, TimeProvider.System);
        await using var writer = await disk.CreateAsync(Path, 8000, CancellationToken.None);
        using var grown = new FileSystemWatcher(_folder) { NotifyFilter = NotifyFilters.Size | NotifyFilters.LastWrite };
        var changed = new SemaphoreSlim(0);
        grown.Changed += (_, _) => changed.Release();
        grown.EnableRaisingEvents = true;
        writer.Write(_samples);
        const int onDisk = 20_000 - 20_000 % 2000;
        while (new FileInfo(Path).Length < WavHeader.Length + onDisk * 2)
            Assert.True(await changed.WaitAsync(TimeSpan.FromSeconds(30)));
        var copy = System.IO.Path.Combine(_folder, "copy.wav");
        File.Copy(Path, copy);
        await WavRecovery.RepairAsync(copy, 8000, CancellationToken.None);
        Assert.Equal(_samples[..onDisk], (await WavFile.ReadAsync(copy, CancellationToken.None)).Samples.ToArray());
    }

    [Fact]
    public async Task A_disk_that_is_too_slow_ends_it_with_what_there_is()
    {
        using var disk = new RecordingDisk(
            new RecordingDiskOptions { SyncInterval = TimeSpan.Zero, Backlog = TimeSpan.FromSeconds(1) }, TimeProvider.System);
        await using var writer = await disk.CreateAsync(Path, 8000, CancellationToken.None);
        for (var slot = 0; slot < 4; slot++)
            await disk.Syncs.WaitAsync();
        var accepted = 0;
        while (writer.Write(_samples.AsSpan(0, 2000)))
            Assert.InRange(++accepted, 1, 100);
        Assert.NotNull(writer.Failure);
        disk.Syncs.Release(4);
        var duration = await writer.CompleteAsync();
        Assert.Equal(accepted * 0.25, duration.TotalSeconds);
        Assert.Equal(duration, (await WavFile.ReadAsync(Path, CancellationToken.None)).Duration);
    }

    [Fact]
    public async Task A_file_that_exists_is_not_overwritten()
    {
        await File.WriteAllTextAsync(Path, "mine");
        using var disk = new RecordingDisk(new RecordingDiskOptions(), TimeProvider.System);
        await Assert.ThrowsAsync<IOException>(() => disk.CreateAsync(Path, 8000, CancellationToken.None));
        Assert.Equal("mine", await File.ReadAllTextAsync(Path));
    }
}
