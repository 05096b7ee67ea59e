using UnifiedMsg.Server.Administration;
using UnifiedMsg.Sip.Tracing;

namespace UnifiedMsg.Server.Commands;

/// <summary>What a capture came to.</summary>
/// <param name="File">Where it is.</param>
/// <param name="Messages">How many messages.</param>
/// <param name="Lost">How many are missing.</param>
/// <param name="Full">Whether it ended because the file may not grow further.</param>
internal sealed record CaptureResult(string File, long Messages, long Lost, bool Full);

/// <summary>Writes a capture.</summary>
internal static class CaptureFile
{
    /// <summary>The largest file: a forgotten capture must not fill the disk. Some 300,000 messages.</summary>
    private const long MaxOctets = 256L << 20;

    public static async Task<CaptureResult> OfOneAsync(TracedExchange exchange, string file)
    {
        await using var stream = Create(file);
        await WriteAsync(stream, exchange.Messages);
        return new CaptureResult(file, exchange.Messages.Count, exchange.Dropped, Full: false);
    }

    /// <summary>All that comes until the time is over, the file is large enough, or the person has seen enough.</summary>
    public static async Task<CaptureResult> OfAllAsync(
        IAdministration administration, string file, TimeSpan time, TimeProvider clock, CancellationToken enough)
    {
        await using var stream = Create(file);
        var started = clock.GetTimestamp();
        var piece = await administration.CaptureAsync(new CaptureFrom(-1), enough);
        long messages = 0, lost = 0;
        while (clock.GetElapsedTime(started) < time && stream.Length < MaxOctets)
        {
            try
            {
                piece = await administration.CaptureAsync(new CaptureFrom(piece.Next), enough);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            messages += piece.Messages.Count;
            lost += piece.Lost;
            await WriteAsync(stream, piece.Messages);
        }
        return new CaptureResult(file, messages, lost, stream.Length >= MaxOctets);
    }

    // Only for whoever asked: who calls whom is nobody else's business.
    private static FileStream Create(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var stream = new FileStream(file, options);
        stream.Write(PcapWriter.FileHeader());
        return stream;
    }

    private static async Task WriteAsync(FileStream stream, IReadOnlyList<TracedMessage> messages)
    {
        foreach (var message in messages)
            await stream.WriteAsync(PcapWriter.Packet(message));
        await stream.FlushAsync();
    }
}
