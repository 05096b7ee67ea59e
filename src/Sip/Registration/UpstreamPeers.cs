using System.Collections.Concurrent;
using UnifiedMsg.Sip.Gateways;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Registration;

/// <summary>The registrations and watches of an endpoint, which end with it.</summary>
internal sealed class UpstreamPeers(UserAgentCore core)
{
    private readonly ConcurrentBag<SipRegistration> _registrations = [];
    private readonly ConcurrentBag<SipGateway> _gateways = [];

    public SipRegistration Register(RegistrationOrder order)
    {
        var registration = new SipRegistration(core, order);
        _registrations.Add(registration);
        registration.Start();
        return registration;
    }

    public SipGateway Watch(GatewayOrder order, Func<string, SipUri, NameAddress, NameAddress?, SipRequest> create)
    {
        var gateway = new SipGateway(core, order, create);
        _gateways.Add(gateway);
        gateway.Start();
        return gateway;
    }

    public Task StopAsync() => Task.WhenAll([.. _registrations.Select(r => r.StopAsync()), .. _gateways.Select(g => g.StopAsync())]);
}
