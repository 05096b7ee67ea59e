using UnifiedMsg.Media.Recording;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Media.Tests.Recording;

public sealed class RecordingWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("um-recording-").FullName;
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    // A chunk of 250 ms.
    private static readonly RecordingDiskOptions Options = new() { ChunkLength = 4000, SyncInterval = TimeSpan.FromMilliseconds(1) };
    private readonly short[] _samples = [.. Enumerable.Range(0, 20_000).Select(i => (short)(i * 7))];

    private string Path => System.IO.Path.Combine(_folder, "call.wav");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_completed_recording_is_what_was_written()
    {
        using var disk = new RecordingDisk(Options, TimeProvider.System);
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
        using var disk = new RecordingDisk(Options, TimeProvider.System);
        await using var writer = await disk.CreateAsync(Path, 8000, CancellationToken.None);
        writer.Write(_samples);
        Assert.Equal(TimeSpan.FromSeconds(1), await writer.CompleteAsync(TimeSpan.FromSeconds(1)));
        Assert.Equal(_samples[..8000], (await WavFile.ReadAsync(Path, CancellationToken.None)).Samples.ToArray());
    }

    [Fact]
    public async Task It_grows_on_disk_while_it_is_written_and_lags_by_less_than_a_chunk()
    {
        using var disk = new RecordingDisk(Options, TimeProvider.System);
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
        using var release = new ManualResetEventSlim();
        using var disk = Slow(Options with { Backlog = TimeSpan.FromSeconds(1) }, release);
        await using var writer = await disk.CreateAsync(Path, 8000, CancellationToken.None);
        var accepted = 0;
        while (writer.Write(_samples.AsSpan(0, 2000)))
            Assert.InRange(++accepted, 1, 4);
        Assert.NotNull(writer.Failure);
        release.Set();
        var duration = await writer.CompleteAsync();
        Assert.Equal(accepted * 0.25, duration.TotalSeconds);
        Assert.Equal(duration, (await WavFile.ReadAsync(Path, CancellationToken.None)).Duration);
    }

    [Fact]
    public async Task What_waits_of_all_recordings_is_limited_and_nothing_that_was_taken_is_lost()
    {
        using var release = new ManualResetEventSlim();
        using var disk = Slow(Options with { MaxWaiting = 10 * 4000 }, release);
        var taken = 0;
        var writers = new List<RecordingWriter>();
        for (var i = 0; i < 4; i++)
            writers.Add(await disk.CreateAsync($"{Path}{i}", 8000, CancellationToken.None));
        for (var round = 0; round < 4; round++)
            taken += writers.Count(writer => writer.Write(_samples.AsSpan(0, 2000)));
        Assert.Equal(10, taken);
        release.Set();
        var kept = TimeSpan.Zero;
        foreach (var writer in writers)
        {
            kept += await writer.CompleteAsync();
            await writer.DisposeAsync();
        }
        Assert.Equal(TimeSpan.FromSeconds(2.5), kept);
    }

    [Fact]
    public async Task A_full_disk_ends_the_recording_that_met_it_and_no_other()
    {
        using var disk = new RecordingDisk(Options, TimeProvider.System, null, (file, bytes, position) =>
        {
            if (position > 8000 && bytes[0] == 1)
                throw new IOException("No space left on device");
            RandomAccess.Write(file, bytes, position);
        });
        await using var writer = await disk.CreateAsync(Path, 8000, CancellationToken.None);
        await using var other = await disk.CreateAsync(Path + "2", 8000, CancellationToken.None);
        var ones = new short[2000];
        Array.Fill(ones, (short)0x0101);
        for (var i = 0; i < 4; i++)
        {
            writer.Write(ones);
            Assert.True(other.Write(_samples.AsSpan(0, 2000)));
        }
        Assert.Equal(TimeSpan.FromSeconds(1), await other.CompleteAsync());
        Assert.Equal(TimeSpan.FromSeconds(0.5), await writer.CompleteAsync());
        Assert.Equal("No space left on device", writer.Failure!.Message);
        Assert.Equal(TimeSpan.FromSeconds(0.5), (await WavFile.ReadAsync(Path, CancellationToken.None)).Duration);
    }

    [Fact]
    public async Task Many_recordings_at_once_are_each_what_was_written_to_it()
    {
        using var disk = new RecordingDisk(Options, TimeProvider.System);
        var writers = new List<RecordingWriter>();
        for (var i = 0; i < 150; i++)
            writers.Add(await disk.CreateAsync($"{Path}{i}", 8000, CancellationToken.None));
        foreach (var part in _samples.Chunk(1000))
        {
            foreach (var writer in writers)
                Assert.True(writer.Write(part.Select(sample => (short)(sample + writer.Path.Length)).ToArray()));
        }
        await Task.WhenAll(writers.Select(writer => writer.CompleteAsync()));
        foreach (var writer in writers)
            Assert.Equal(_samples.Select(sample => (short)(sample + writer.Path.Length)).ToArray(), (await WavFile.ReadAsync(writer.Path, CancellationToken.None)).Samples.ToArray());
    }

    [Fact]
    public async Task The_end_of_the_disk_writes_what_was_taken_and_then_takes_no_more()
    {
        var disk = new RecordingDisk(Options, TimeProvider.System);
        await using var writer = await disk.CreateAsync(Path, 8000, CancellationToken.None);
        writer.Write(_samples);
        disk.Dispose();
        Assert.False(writer.Write(_samples));
        Assert.Equal(TimeSpan.FromSeconds(2.5), await writer.CompleteAsync().WaitAsync(Guard));
    }

    [Fact]
    public async Task Chunks_are_used_again()
    {
        using var disk = new RecordingDisk(Options, TimeProvider.System);
        await using var writer = await disk.CreateAsync(Path, 8000, CancellationToken.None);
        var length = 0L;
        var least = long.MaxValue;
        for (var round = 0; round < 10; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 10; i++)
                Assert.True(writer.Write(_samples.AsSpan(0, 2000)));
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            length += 10 * 4000;
            // Until the chunks of this round are back.
            while (RandomAccess.GetLength(writer.File) < WavHeader.Length + length || disk.Writer.Waiting > 0)
                Thread.Yield();
        }
        Assert.InRange(least, 0, 1000);
    }

    private static RecordingDisk Slow(RecordingDiskOptions options, ManualResetEventSlim release) =>
        new(options, TimeProvider.System, null, (file, bytes, position) =>
        {
            release.Wait(Guard);
            RandomAccess.Write(file, bytes, position);
        });

    [Fact]
    public async Task A_file_that_exists_is_not_overwritten()
    {
        await File.WriteAllTextAsync(Path, "mine");
        using var disk = new RecordingDisk(Options, TimeProvider.System);
        await Assert.ThrowsAsync<IOException>(() => disk.CreateAsync(Path, 8000, CancellationToken.None));
        Assert.Equal("mine", await File.ReadAllTextAsync(Path));
    }
}
