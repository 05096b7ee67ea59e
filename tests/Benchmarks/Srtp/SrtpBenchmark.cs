using System.Diagnostics;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Benchmarks.Srtp;

/// <summary>
/// What it costs to protect and to unprotect a packet of 20 ms of G.711, for each suite, on one thread, in processor time, which a busy
/// machine does not change much.
/// </summary>
internal static class SrtpBenchmark
{
    private const int PacketLength = RtpPacket.HeaderLength + 160;

    // 2,000 calls that play and record at once send and receive 100,000 packets a second each way. That must leave most of a processor:
    // 20 % of one for each way is 2 µs a packet.
    private const double MostNanoseconds = 2_000;

    // Packets that are protected, then unprotected, in one go: few enough to stay in the cache, many enough for the clock.
    private const int Batch = 500;

    public static Task<int> RunAsync(Arguments arguments)
    {
        var figures = new Figures();
        var seconds = arguments.Number("seconds", 2);
        foreach (var suite in SrtpSuite.All)
            Measure(figures, suite, TimeSpan.FromSeconds(seconds));
        return Task.FromResult(figures.ExitCode);
    }

    private static void Measure(Figures figures, SrtpSuite suite, TimeSpan duration)
    {
        using var session = Session(suite);
        var packets = Enumerable.Range(0, Batch).Select(_ => new byte[PacketLength + SrtpSession.MaxOverhead]).ToArray();
        ushort sequence = 0;
        // The first rounds are for the compiler.
        for (var round = 0; round < 100; round++)
            Round(session, packets, ref sequence, out _, out _);
        TimeSpan protect = default, unprotect = default;
        long count = 0;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < duration; count += Batch)
        {
            Round(session, packets, ref sequence, out var protecting, out var unprotecting);
            protect += protecting;
            unprotect += unprotecting;
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Print(figures, $"{suite}: protect", protect.TotalNanoseconds / count);
        Print(figures, $"{suite}: unprotect", unprotect.TotalNanoseconds / count);
        figures.PrintAgainst($"{suite}: allocated for both", $"{(double)allocated / count:0.00} octets", "0", allocated / count == 0);
    }

    private static void Round(SrtpSession session, byte[][] packets, ref ushort sequence, out TimeSpan protecting, out TimeSpan unprotecting)
    {
        foreach (var packet in packets)
        {
            RtpPacket.WriteHeader(packet, 0, false, sequence, sequence * 160u, 0x1234_5678);
            sequence++;
        }
        var length = 0;
        var started = Environment.CpuUsage.TotalTime;
        foreach (var packet in packets)
            length = session.Protect(packet, PacketLength);
        protecting = Environment.CpuUsage.TotalTime - started;
        started = Environment.CpuUsage.TotalTime;
        foreach (var packet in packets)
        {
            if (!session.TryUnprotect(packet.AsSpan(0, length), out _))
                throw new InvalidOperationException("a packet of our own was refused");
        }
        unprotecting = Environment.CpuUsage.TotalTime - started;
    }

    private static void Print(Figures figures, string what, double nanoseconds) =>
        figures.PrintAgainst(what, $"{nanoseconds:0} ns", $"under {MostNanoseconds:0}", nanoseconds < MostNanoseconds);

    // Both ways under one key, so that what it sends it can read.
    private static SrtpSession Session(SrtpSuite suite)
    {
        var octets = new byte[suite.KeyLength + suite.SaltLength];
        Random.Shared.NextBytes(octets);
        return SrtpKey.TryCreate(suite, octets, out var local) && SrtpKey.TryCreate(suite, octets, out var remote)
            ? new SrtpSession(new SrtpKeys(local, remote))
            : throw new InvalidOperationException("no key");
    }
}
