using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Fuzz;

/// <summary>A packet and a report of each suite under a key that is always the same: what may be taken among mutated ones.</summary>
internal static class Protected
{
    private static readonly Dictionary<SrtpSuite, byte[][]> Known = SrtpSuite.All.ToDictionary(suite => suite, Make);

    /// <summary>All of them.</summary>
    public static byte[][] Packets => [.. Known.Values.SelectMany(packets => packets)];

    /// <summary>True for one of them.</summary>
    public static bool IsOurs(ReadOnlySpan<byte> packet, SrtpSuite suite)
    {
        foreach (var known in Known[suite])
        {
            if (packet.SequenceEqual(known))
                return true;
        }
        return false;
    }

    /// <summary>Both ways under the key.</summary>
    public static SrtpSession Session(SrtpSuite suite)
    {
        var octets = new byte[suite.KeyLength + suite.SaltLength];
        octets.AsSpan().Fill(7);
        return SrtpKey.TryCreate(suite, octets, out var local) && SrtpKey.TryCreate(suite, octets, out var remote)
            ? new SrtpSession(new SrtpKeys(local, remote))
            : throw new InvalidOperationException("no key");
    }

    private static byte[][] Make(SrtpSuite suite)
    {
        using var session = Session(suite);
        byte[] packet = [0x90, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 7, 0xBE, 0xDE, 0, 1, 1, 2, 3, 4, 42, 43, 44, .. new byte[SrtpSession.MaxOverhead]];
        var report = new byte[128];
        var length = RtcpReport.Write(report, 9, new RtcpSenderInfo(1, 2, 3, 4), null, "a@b"u8, bye: true);
        return [packet[..session.Protect(packet, 23)], report[..session.ProtectReport(report, length)]];
    }
}
