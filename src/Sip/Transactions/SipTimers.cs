namespace UnifiedMsg.Sip.Transactions;

/// <summary>The three times from which RFC 3261 §17 derives every timer.</summary>
/// <param name="T1">The estimate of a round trip.</param>
/// <param name="T2">The longest wait between retransmissions, except of INVITE.</param>
/// <param name="T4">How long the network may hold a message.</param>
public sealed record SipTimers(TimeSpan T1, TimeSpan T2, TimeSpan T4)
{
    /// <summary>RFC 3261, table 4: 500 ms, 4 s, 5 s.</summary>
    public static SipTimers Default { get; } = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(5));

    /// <summary>64*T1: timers B, F, H, J, L and M, and how long a 2xx waits for its ACK.</summary>
    public TimeSpan GiveUp => 64 * T1;

    /// <summary>
    /// How long timer E takes until it is T2 (RFC 3261 §17.1.2.2): when a request other than INVITE is not answered by then, a 100 is due
    /// (RFC 4320 §4.1).
    /// </summary>
    public TimeSpan UntilT2
    {
        get
        {
            var (sum, wait) = (TimeSpan.Zero, T1);
            for (; wait < T2; wait *= 2)
                sum += wait;
            return sum > TimeSpan.Zero ? sum : T1;
        }
    }

    /// <summary>Timer D over UDP: at least 32 s.</summary>
    public TimeSpan LingerAfterRefusal => TimeSpan.FromSeconds(Math.Max(32, GiveUp.TotalSeconds));

    /// <summary>RFC 3261 §13.2.1: a response other than 100 is due within 200 ms, else a 100 is sent.</summary>
    public static TimeSpan TryingAfter { get; } = TimeSpan.FromMilliseconds(200);

    /// <summary>RFC 3261 §13.3.1.1: a call that is not answered yet says so every minute, lest a proxy gives it up after three.</summary>
    public static TimeSpan StillRinging { get; } = TimeSpan.FromMinutes(1);
}
