using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Registrar;

/// <summary>Finds the phones that have registered, and sends to them.</summary>
internal sealed class RegisteredPhones(UserAgentCore core, RegistrarOptions options)
{
    private readonly RegisteredFlows _flows = new(core);

    public RegistrarService ServiceFor(ISipApplication application) => new(core, options, application, _flows);

    public async ValueTask<IReadOnlyList<SipBinding>> FindAsync(string addressOfRecord, CancellationToken cancellationToken)
    {
        var now = core.Time.GetUtcNow();
        var bindings = await options.Locations.FindAsync(addressOfRecord, cancellationToken);
        return [.. bindings.Where(b => b.Expires > now).OrderByDescending(b => b.Preference)];
    }

    // RFC 3327 §5.4: the Path becomes the Route.
    public async Task<SipResponse> SendAsync(SipRequest request, SipBinding phone, CancellationToken cancellationToken)
    {
        var (flow, failure) = await _flows.FindAsync(phone, cancellationToken);
        if (flow is null)
            return UserAgentCore.Unreachable(failure);
        var copy = new SipRequest(request.Method, phone.Contact) { Body = request.Body };
        foreach (var route in phone.Path)
            copy.Headers.Add(SipHeaderNames.Route, route);
        foreach (var field in request.Headers.Where(f => f.Name != SipHeaderNames.Route))
            copy.Headers.Add(field.Name, field.Value);
        return await core.SendAlongAsync(copy, flow, cancellationToken);
    }
}
