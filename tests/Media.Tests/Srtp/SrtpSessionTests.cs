using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Tests.Srtp;

/// <summary>The rules of RFC 3711 §3.3 and §3.4 between two sides, for every suite.</summary>
public class SrtpSessionTests
{
    private const uint Ssrc = 0xCAFEBABE;

    public static TheoryData<SrtpSuite> Suites => new(SrtpSuite.All);

    [Theory]
    [MemberData(nameof(Suites))]
    public void Packets_and_reports_go_both_ways(SrtpSuite suite)
    {
        var (ours, theirs) = Pair(suite);
        using (ours)
        using (theirs)
        {
            for (ushort sequence = 1; sequence <= 50; sequence++)
            {
                foreach (var (from, to) in new[] { (ours, theirs), (theirs, ours) })
                {
                    var packet = Protected(from, sequence);
                    Assert.Equal(12 + 160 + suite.RtpTagLength, packet.Length);
                    Assert.True(to.TryUnprotect(packet, out var length));
                    Assert.Equal(Plain(sequence), packet.AsSpan(0, length));
                    var report = ProtectedReport(from);
                    Assert.True(to.TryUnprotectReport(report, out length));
                    Assert.Equal(Report(), report.AsSpan(0, length));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public void Any_changed_octet_is_noticed(SrtpSuite suite)
    {
        var (ours, theirs) = Pair(suite);
        using (ours)
        using (theirs)
        {
            byte[] packet = Protected(ours, 1), report = ProtectedReport(ours);
            for (var i = 0; i < packet.Length; i++)
                Assert.False(theirs.TryUnprotect(Changed(packet, i), out _));
            for (var i = 0; i < report.Length; i++)
                Assert.False(theirs.TryUnprotectReport(Changed(report, i), out _));
            for (var i = 0; i < packet.Length; i++)
                Assert.False(theirs.TryUnprotect(packet.AsSpan(0, i).ToArray(), out _));
            for (var i = 0; i < report.Length; i++)
                Assert.False(theirs.TryUnprotectReport(report.AsSpan(0, i).ToArray(), out _));
            Assert.True(theirs.TryUnprotect(packet, out _));
            Assert.True(theirs.TryUnprotectReport(report, out _));
        }
    }

    [Fact]
    public void What_came_is_not_taken_again_and_neither_is_what_is_too_old()
    {
        var (ours, theirs) = Pair(SrtpSuite.AesCm128HmacSha1Tag80);
        var packets = Enumerable.Range(0, 300).Select(i => Protected(ours, (ushort)(i + 1))).ToList();
        foreach (var i in new[] { 0, 5, 3, 299, 299 - ReplayWindow.Length + 1 })
        {
            Assert.True(theirs.TryUnprotect(packets[i].ToArray(), out _));
            Assert.False(theirs.TryUnprotect(packets[i].ToArray(), out _));
        }
        Assert.False(theirs.TryUnprotect(packets[299 - ReplayWindow.Length].ToArray(), out _));
        Assert.True(theirs.TryUnprotect(packets[298].ToArray(), out _));
    }

    [Fact]
    public void Reports_are_not_taken_again()
    {
        var (ours, theirs) = Pair(SrtpSuite.AeadAes256Gcm);
        var reports = Enumerable.Range(0, 3).Select(_ => ProtectedReport(ours)).ToList();
        foreach (var i in new[] { 0, 2, 1 })
            Assert.True(theirs.TryUnprotectReport(reports[i].ToArray(), out _));
        Assert.All(reports, report => Assert.False(theirs.TryUnprotectReport(report, out _)));
    }

    // RFC 3711 §3.3.1: the counter is guessed right when packets around the turn come out of order, and when some are missing.
    [Theory]
    [MemberData(nameof(Suites))]
    public void Sequence_numbers_turn_over(SrtpSuite suite)
    {
        var (ours, theirs) = Pair(suite);
        var numbers = new List<int>();
        for (var i = 0x7FF0; i < 0x7FF0 + 3 * 0x10000; i += i is > 0xFFE0 and < 0x10020 ? 1 : 0x3FF0)
            numbers.Add(i);
        var packets = numbers.Select(i => Protected(ours, (ushort)i)).ToList();
        for (var i = 0; i + 1 < packets.Count; i += 2)
        {
            var near = numbers[i + 1] - numbers[i] < ReplayWindow.Length;
            foreach (var which in near ? new[] { i + 1, i } : [i, i + 1])
            {
                var packet = packets[which];
                Assert.True(theirs.TryUnprotect(packet, out var length), $"packet {numbers[which]:x}");
                Assert.Equal(Plain((ushort)numbers[which]), packet.AsSpan(0, length));
            }
        }
    }

    // A sender that began with a high number turned over before the first packet that reached us.
    [Fact]
    public void Listener_that_comes_after_the_first_turn_finds_the_counter()
    {
        foreach (var suite in SrtpSuite.All)
        {
            var (ours, theirs) = Pair(suite);
            Protected(ours, 0xFFFE);
            Protected(ours, 0xFFFF);
            Assert.True(theirs.TryUnprotect(Protected(ours, 3), out _));
            Assert.True(theirs.TryUnprotect(Protected(ours, 4), out _));
        }
    }

    [Fact]
    public void Sender_uses_no_index_twice()
    {
        var (ours, _) = Pair(SrtpSuite.AesCm128HmacSha1Tag80);
        Assert.NotEmpty(Protected(ours, 10));
        Assert.Empty(Protected(ours, 10));
        Assert.Empty(Protected(ours, 9));
        Assert.NotEmpty(Protected(ours, 11));
    }

    // Who meets its own source number in another's packets chooses a new one (RFC 3550 §8.2), whose numbers begin where they will.
    [Fact]
    public void New_source_counts_for_itself_and_an_old_one_goes_on()
    {
        var (ours, theirs) = Pair(SrtpSuite.AesCm128HmacSha1Tag80);
        foreach (var (sequence, ssrc) in new (ushort, uint)[] { (0xFFFF, 1), (0, 1), (7, 2), (8, 2), (1, 1) })
        {
            var packet = Room(Plain(sequence, ssrc));
            Assert.True(theirs.TryUnprotect(packet.AsSpan(0, ours.Protect(packet, 172)), out _));
        }
        Assert.Equal(0, ours.Protect(Room(Plain(8, 2)), 172));
        Assert.Equal(0, ours.Protect(Room(Plain(1, 1)), 172));
    }

    [Fact]
    public void No_packet_goes_out_when_the_key_is_used_up()
    {
        var key = SrtpKey.Generate(SrtpSuite.AesCm128HmacSha1Tag80);
        using var packets = new SrtpSender(key);
        packets.GoOnAfter(Ssrc, SrtpSender.MaxIndex - 1);
        var buffer = Room(Plain(0xFFFF));
        Assert.NotEqual(0, packets.Protect(buffer, 172));
        buffer = Room(Plain(0));
        Assert.Equal(0, packets.Protect(buffer, 172));
        using var reports = new SrtcpSender(SrtpCipher.Create(key, control: true), SrtcpSender.EndOfIndices - 1);
        Assert.NotEqual(0, reports.Protect(Room(Report()), Report().Length));
        Assert.Equal(0, reports.Protect(Room(Report()), Report().Length));
    }

    [Fact]
    public void Sources_are_apart_and_limited()
    {
        var key = SrtpKey.Generate(SrtpSuite.AesCm128HmacSha1Tag80);
        using var receiver = new SrtpReceiver(key);
        for (uint ssrc = 1; ssrc <= SrtpSources.Most + 1; ssrc++)
        {
            using var sender = new SrtpSender(key);
            var packet = Room(Plain(7, ssrc));
            var length = sender.Protect(packet, 172);
            Assert.Equal(ssrc <= SrtpSources.Most, receiver.TryUnprotect(packet.AsSpan(0, length), out _));
        }
    }

    // Forged sources take no place.
    [Fact]
    public void Strangers_use_nothing_up()
    {
        var (ours, theirs) = Pair(SrtpSuite.AeadAes128Gcm);
        for (uint ssrc = 1; ssrc <= 2 * SrtpSources.Most; ssrc++)
        {
            var forged = Room(Plain(7, ssrc));
            Assert.False(theirs.TryUnprotect(forged, out _));
        }
        Assert.True(theirs.TryUnprotect(Protected(ours, 1), out _));
    }

    // RFC 3711 §3.3.1: the roll-over counter goes on under a new key. Many start it anew, and are understood too.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void New_keys_follow_with_or_without_the_counter(bool goesOn)
    {
        foreach (var suite in SrtpSuite.All)
        {
            var (ours, theirs) = Pair(suite);
            foreach (var sequence in new ushort[] { 0x7000, 0xFFFF, 0 })
                Assert.True(theirs.TryUnprotect(Protected(ours, sequence), out _));
            SrtpKey up = SrtpKey.Generate(suite), down = SrtpKey.Generate(suite);
            var old = Protected(ours, 1);
            var newOurs = goesOn ? ours.Follow(new SrtpKeys(up, down)) : new SrtpSession(new SrtpKeys(up, down));
            var newTheirs = theirs.Follow(new SrtpKeys(down, up));
            Assert.True(newTheirs.TryUnprotect(Protected(newOurs, 2), out _));
            Assert.True(newTheirs.TryUnprotect(Protected(newOurs, 3), out _));
            Assert.False(newTheirs.TryUnprotect(old, out _));
            Assert.False(theirs.TryUnprotect(old, out _));
        }
    }

    // A re-INVITE with the same keys must not begin anew, or the same key stream would be used twice and old packets taken again.
    [Fact]
    public void Same_keys_keep_their_state()
    {
        var suite = SrtpSuite.AesCm128HmacSha1Tag80;
        SrtpKey up = SrtpKey.Generate(suite), down = SrtpKey.Generate(suite);
        var ours = new SrtpSession(new SrtpKeys(up, down));
        var theirs = new SrtpSession(new SrtpKeys(down, up));
        var first = Protected(ours, 1);
        Assert.True(theirs.TryUnprotect(first.ToArray(), out _));
        Assert.True(SrtpKey.TryCreate(suite, up.Octets, out var upAgain));
        Assert.Same(theirs, theirs.Follow(new SrtpKeys(down, upAgain)));
        var changed = theirs.Follow(new SrtpKeys(SrtpKey.Generate(suite), upAgain));
        Assert.False(changed.TryUnprotect(first, out _));
        Assert.True(changed.TryUnprotect(Protected(ours, 2), out _));
    }

    [Fact]
    public void Disposed_session_sends_and_takes_nothing()
    {
        var (ours, theirs) = Pair(SrtpSuite.AeadAes128Gcm);
        byte[] packet = Protected(ours, 1), report = ProtectedReport(ours);
        ours.Dispose();
        theirs.Dispose();
        Assert.Empty(Protected(ours, 2));
        Assert.Empty(ProtectedReport(ours));
        Assert.False(theirs.TryUnprotect(packet, out _));
        Assert.False(theirs.TryUnprotectReport(report, out _));
    }

    [Fact]
    public void Contributing_sources_and_extensions_stay_in_clear()
    {
        var (ours, theirs) = Pair(SrtpSuite.AeadAes256Gcm);
        byte[] plain = [0x92, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0xBE, 0xDE, 0, 1, 1, 2, 3, 4, 42, 43, 44];
        var buffer = Room(plain);
        var length = ours.Protect(buffer, plain.Length);
        Assert.Equal(plain.AsSpan(0, 28), buffer.AsSpan(0, 28));
        Assert.False(plain.AsSpan(28).SequenceEqual(buffer.AsSpan(28, 3)));
        Assert.True(theirs.TryUnprotect(buffer.AsSpan(0, length), out length));
        Assert.Equal(plain, buffer.AsSpan(0, length));
    }

    private static (SrtpSession Ours, SrtpSession Theirs) Pair(SrtpSuite suite)
    {
        SrtpKey up = SrtpKey.Generate(suite), down = SrtpKey.Generate(suite);
        return (new SrtpSession(new SrtpKeys(up, down)), new SrtpSession(new SrtpKeys(down, up)));
    }

    private static byte[] Plain(ushort sequence, uint ssrc = Ssrc)
    {
        var packet = new byte[172];
        RtpPacket.WriteHeader(packet, 0, false, sequence, (uint)sequence * 160, ssrc);
        packet.AsSpan(12).Fill((byte)sequence);
        return packet;
    }

    private static byte[] Report()
    {
        var packet = new byte[256];
        return packet[..RtcpReport.Write(packet, Ssrc, new RtcpSenderInfo(1, 2, 3, 4), null, "alice@example.test"u8, bye: true)];
    }

    private static byte[] Protected(SrtpSession session, ushort sequence)
    {
        var buffer = Room(Plain(sequence));
        return buffer[..session.Protect(buffer, 172)];
    }

    private static byte[] ProtectedReport(SrtpSession session)
    {
        var buffer = Room(Report());
        return buffer[..session.ProtectReport(buffer, Report().Length)];
    }

    private static byte[] Room(byte[] packet) => [.. packet, .. new byte[SrtpSession.MaxOverhead]];

    private static byte[] Changed(byte[] packet, int at)
    {
        var changed = packet.ToArray();
        changed[at] ^= 0x10;
        return changed;
    }
}
