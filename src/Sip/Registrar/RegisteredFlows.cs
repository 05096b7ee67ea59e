using System.Collections.Concurrent;
using System.Net;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Registrar;

/// <summary>
/// The connections by which phones have registered. A phone behind address translation, or one that listens nowhere, is reached by the
/// connection that it opened and by no other (RFC 5626 §5.3).
/// </summary>
internal sealed class RegisteredFlows(UserAgentCore core)
{
    /// <summary>Past this number those that are closed are swept out, each time as many again have come.</summary>
    private const int SweepAt = 1024;

    private readonly ConcurrentDictionary<(SipTransportKind, IPEndPoint), SipFlow> _flows = new();
    private int _sweepAt = SweepAt;

    public void Keep(SipBinding binding, SipFlow flow)
    {
        if (!flow.IsReliable)
            return;
        _flows[(binding.Transport, binding.Source)] = flow;
        if (_flows.Count < Volatile.Read(ref _sweepAt))
            return;
        foreach (var known in _flows.Where(f => !f.Value.IsOpen))
            _flows.TryRemove(known);
        Volatile.Write(ref _sweepAt, Math.Max(SweepAt, 2 * _flows.Count));
    }

    /// <summary>
    /// The way to a phone: its connection while that is open, the address that it sent from, or by Path and Contact. After a restart
    /// connections are gone, and only the Contact is left.
    /// </summary>
    public async ValueTask<(SipFlow? Flow, string? Failure)> FindAsync(SipBinding binding, CancellationToken cancellationToken)
    {
        if (_flows.TryGetValue((binding.Transport, binding.Source), out var flow) && flow.IsOpen)
            return (flow, null);
        var next = binding.Path.Count > 0 && NameAddress.TryParse(binding.Path[0], out var first) ? first.Uri
            : binding is { IsDirect: true, Transport: SipTransportKind.Udp } ? SipUri.Create(null, binding.Source.Address.ToString(), binding.Source.Port, "udp")
            : binding.Contact;
        return await core.FindFlowAsync(next, cancellationToken);
    }
}
