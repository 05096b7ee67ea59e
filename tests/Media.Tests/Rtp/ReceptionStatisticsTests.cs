using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Tests.Rtp;

public sealed class ReceptionStatisticsTests
{
    private readonly ReceptionStatistics _statistics = new(7, 8000);
    private int _sent;

    [Fact]
    public void Loss_is_what_the_sequence_shows_less_what_came_twice()
    {
        Add(10, 11, 13, 14, 14, 17);
        Assert.Equal((6u, 2), (_statistics.Received, _statistics.Lost));
        Add(12);
        Assert.Equal(1, _statistics.Lost);
    }

    [Fact]
    public void The_fraction_is_of_the_time_since_the_last_report_and_never_negative()
    {
        Add(0, 1, 2, 3);
        Assert.Equal((0, 0), (_statistics.Report().FractionLost, _statistics.Report().Lost));
        Add(5, 7);
        Assert.Equal((128, 2), Of(_statistics.Report()));
        Add(8, 8, 8, 9);
        Assert.Equal((0, 0), Of(_statistics.Report()));
        static (int, int) Of(RtcpReception report) => (report.FractionLost, report.Lost);
    }

    [Fact]
    public void The_highest_sequence_counts_its_cycles()
    {
        Add(65534, 65535, 0, 2, 1, 65535);
        Assert.Equal(0x10002u, _statistics.Report().HighestSequence);
        Assert.Equal(-1, _statistics.Lost);
    }

    [Fact]
    public void A_stray_number_counts_for_nothing_and_two_that_fit_are_a_new_beginning()
    {
        Add(100, 101, 30000, 102, 50000, 103);
        Assert.Equal((4u, 0, 103u), (_statistics.Received, _statistics.Lost, _statistics.Report().HighestSequence));
        Add(20000, 20001, 20002);
        Assert.Equal((7u, 0), (_statistics.Received, _statistics.Lost));
        Assert.Equal(20002, (ushort)_statistics.Report().HighestSequence);
        Add(20004);
        Assert.Equal(1, _statistics.Lost);
        // The first two of a new beginning may come in the wrong order, or with one lost between them.
        Add(40001, 40000, 40002);
        Assert.Equal(1, _statistics.Lost);
        Add(5, 7);
        Assert.Equal(2, _statistics.Lost);
    }

    [Fact]
    public void Jitter_is_the_smoothed_difference_of_transits()
    {
        // RFC 3550 §A.8 by hand: differences of 5 ms (40 ticks) each way, sixteen parts of the way each.
        var expected = 0.0;
        for (var packet = 0; packet < 50; packet++)
        {
            _statistics.Add((ushort)packet, (uint)(packet * 160), packet * 0.02 + (packet % 2 == 0 ? 0 : 0.005), countsForJitter: true);
            expected += packet == 0 ? 0 : (40 - expected) / 16;
        }
        Assert.Equal(expected / 8000, _statistics.JitterSeconds, 0.0002);
        Assert.InRange(_statistics.Report().Jitter, (uint)expected - 1, (uint)expected + 1);
    }

    [Fact]
    public void A_clock_that_jumps_and_events_that_repeat_their_time_are_no_jitter()
    {
        for (ushort packet = 0; packet < 20; packet++)
        {
            var clock = packet < 10 ? 0 : packet < 15 ? 0x80000000u : 5_000_000u;
            _statistics.Add(packet, clock + packet * 160u, packet * 0.02, countsForJitter: true);
        }
        for (ushort packet = 20; packet < 30; packet++)
            _statistics.Add(packet, 20 * 160, packet * 0.02, countsForJitter: false);
        Assert.InRange(_statistics.JitterSeconds, 0, 0.0002);
    }

    private void Add(params ushort[] sequences)
    {
        foreach (var sequence in sequences)
            _statistics.Add(sequence, sequence * 160u, _sent++ * 0.02, countsForJitter: false);
    }
}
