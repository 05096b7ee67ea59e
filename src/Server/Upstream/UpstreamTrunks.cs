using System.Diagnostics.Metrics;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Gateways;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registration;

namespace UnifiedMsg.Server.Upstream;

/// <summary>
/// Where calls come from: the providers with which we register, and the gateways that we watch. How they stand is in the figures of
/// <c>/metrics</c>. They end with the SIP endpoint.
/// </summary>
internal sealed class UpstreamTrunks : IDisposable
{
    private readonly Meter _meter = new("UnifiedMsg.Sip.Upstream");

    public UpstreamTrunks(SipEndpoint endpoint, IReadOnlyList<RegistrationOrder> registrations, ServerOptions options)
    {
        var self = new NameAddress(SipUri.Create(null, options.Hostname));
        Registrations = [.. registrations.Select(endpoint.Register)];
        Gateways =
        [
            .. options.Sip.Gateways.Select(target => endpoint.Watch(new GatewayOrder
            {
                Name = target.ToString(),
                Target = target,
                From = self,
                Interval = options.Sip.GatewayInterval,
            })),
        ];
        _meter.CreateObservableGauge("registration_up", () => Registrations.Select(each => Measure(
            each.Status.State == RegistrationState.Registered, "registration", each.Name)), description: "1 while the provider holds our registration.");
        _meter.CreateObservableGauge("gateway_up", () => Gateways.Select(each => Measure(
            each.Status.State == GatewayState.Up, "gateway", each.Name)), description: "1 while the gateway answers OPTIONS.");
    }

    public IReadOnlyList<SipRegistration> Registrations { get; }

    public IReadOnlyList<SipGateway> Gateways { get; }

    public void Dispose() => _meter.Dispose();

    private static Measurement<int> Measure(bool up, string label, string name) => new(up ? 1 : 0, new KeyValuePair<string, object?>(label, name));
}
