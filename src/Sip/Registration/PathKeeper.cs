using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Registration;

/// <summary>
/// Keeps the path open by which a server reaches us that holds our registration over UDP: an address translation on the way forgets it when
/// nothing goes out for a while. What is sent is an empty line twice, which every server passes over (RFC 3261 §7.5); it is not answered,
/// unlike the STUN of RFC 5626 §4.4.2, which few servers speak. Connections have pings of their own.
/// </summary>
internal sealed class PathKeeper(UserAgentCore core)
{
    private static readonly byte[] EmptyLines = "\r\n\r\n"u8.ToArray();

    private readonly Lock _sync = new();
    private ITimer? _timer;
    private SipFlow? _flow;

    /// <summary>From now on that way is kept open; null: none.</summary>
    public void Keep(SipFlow? flow)
    {
        lock (_sync)
        {
            var next = flow is { IsReliable: false } && core.Options.KeepAlive.DatagramInterval > TimeSpan.Zero ? flow : null;
            // A refresh by the same way does not put off what is due.
            if (ReferenceEquals(next, _flow))
                return;
            _flow = next;
            _timer?.Dispose();
            _timer = next is null ? null : core.Time.CreateTimer(static k => ((PathKeeper)k!).Fire(), this, Wait, Timeout.InfiniteTimeSpan);
        }
    }

    // RFC 5626 §4.4.1: from 80 % of the interval to all of it, so that many that began together do not send together.
    private TimeSpan Wait => core.Options.KeepAlive.DatagramInterval * (0.8 + (0.2 * Random.Shared.NextDouble()));

    private void Fire()
    {
        lock (_sync)
        {
            _flow?.Send(EmptyLines, null);
            _timer?.Change(Wait, Timeout.InfiniteTimeSpan);
        }
    }
}
