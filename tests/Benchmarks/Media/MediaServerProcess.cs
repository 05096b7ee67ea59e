using System.Diagnostics;

namespace UnifiedMsg.Benchmarks.Media;

/// <summary>What the measured process has used and counted since it began.</summary>
/// <param name="Processor">Processor time, in ticks of 100 ns.</param>
/// <param name="Allocated">Bytes allocated by the runtime.</param>
/// <param name="Resident">Bytes of memory that it has now.</param>
/// <param name="Received">Packets that belong to calls.</param>
/// <param name="Lost">Packets that calls miss.</param>
/// <param name="Sent">Packets sent.</param>
/// <param name="Dropped">Packets of strangers, or of no use.</param>
/// <param name="Delay999">What 999 of 1,000 packets took to the recorder at most, in milliseconds.</param>
/// <param name="DelayWorst">What all of them did.</param>
/// <param name="Collections">Collections of garbage.</param>
internal readonly record struct MediaUse(
    long Processor, long Allocated, long Resident, long Received, long Lost, long Sent, long Dropped, int Delay999, int DelayWorst, int Collections)
{
    public static MediaUse Parse(string line)
    {
        var numbers = line.Split(' ').Select(long.Parse).ToArray();
        return new MediaUse(
            numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], (int)numbers[7], (int)numbers[8], (int)numbers[9]);
    }

    public override string ToString() =>
        $"{Processor} {Allocated} {Resident} {Received} {Lost} {Sent} {Dropped} {Delay999} {DelayWorst} {Collections}";
}

/// <summary>The measured process, as a process of its own.</summary>
internal sealed class MediaServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    public MediaServerProcess(params IEnumerable<string> options) =>
        _process = Process.Start(new ProcessStartInfo("dotnet", [typeof(MediaServerProcess).Assembly.Location, "media-server", .. options])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;

    public int Id => _process.Id;

    /// <summary>Opens calls.</summary>
    /// <returns>Their ports.</returns>
    public async Task<ushort[]> OpenAsync(int calls, string what, int port) =>
        [.. (await AskAsync($"open {calls} {what} {port}")).Split(' ').Select(ushort.Parse)];

    public async Task<MediaUse> UseAsync() => MediaUse.Parse(await AskAsync("use"));

    public async Task<string> AskAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        return await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the measured process has died");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
