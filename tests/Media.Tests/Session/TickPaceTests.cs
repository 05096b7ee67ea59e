using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Media.Tests.Session;

public sealed class TickPaceTests
{
    private const int Step = TickPace.StepMilliseconds;
    private readonly TickPace _pace = new();

    [Fact]
    public void An_hour_of_a_busy_machine_leaves_out_no_step_and_drifts_by_nothing()
    {
        var random = new Random(1);
        var now = 0.0;
        _pace.Begin(now);
        for (var expected = 0L; expected < 3_600_000 / Step; expected++)
        {
            now += Math.Max(0, _pace.Wait(now));
            // Usually a little late, sometimes by up to 30 ms.
            now += random.Next(100) == 0 ? random.NextDouble() * 30 : random.NextDouble() * 0.5;
            Assert.True(now >= expected * Step, "a step came early");
            Assert.Equal(expected, _pace.Take(now));
            Assert.InRange(now - expected * Step, 0, 110);
        }
    }

    [Fact]
    public void A_short_stall_is_made_up_for_at_twice_the_pace()
    {
        _pace.Begin(0);
        Assert.Equal(0, _pace.Take(0));
        var now = 80.0;
        var expected = 1L;
        while (_pace.Wait(now) <= 0 || now > expected * Step)
        {
            now += Math.Max(0, _pace.Wait(now));
            Assert.Equal(expected++, _pace.Take(now));
            Assert.Equal(Step / 2.0, _pace.Wait(now), 2.6);
        }
        Assert.InRange(now, 150, 165);
        Assert.Equal(now / Step, expected - 1, 1.0);
    }

    [Fact]
    public void After_a_long_stall_it_goes_on_where_it_stopped_and_at_the_usual_pace()
    {
        _pace.Begin(0);
        Assert.Equal(0, _pace.Take(0));
        var now = 10_001.0;
        for (var expected = 1L; expected < 100; expected++)
        {
            Assert.Equal(expected, _pace.Take(now));
            Assert.Equal(Step, _pace.Wait(now), 0.001);
            now += Step;
        }
    }

    [Fact]
    public void After_a_rest_it_begins_with_what_is_not_over()
    {
        _pace.Begin(1000.1);
        Assert.Equal(4.9, _pace.Wait(1000.1), 0.001);
        Assert.Equal(201, _pace.Take(1005));
    }
}
