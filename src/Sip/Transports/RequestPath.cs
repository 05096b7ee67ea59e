using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Resolution;

namespace UnifiedMsg.Sip.Transports;

/// <summary>
/// The addresses of the next hop of one request, tried one after the other until one of them takes it (RFC 3263 §4.3). The request may
/// be sent several times, as with credentials: it stays with the address that answers.
/// </summary>
/// <param name="router">Finds addresses and ways.</param>
/// <param name="known">The way that the dialog came about by; null outside a dialog.</param>
internal sealed class RequestPath(RequestRouter router, SipFlow? known)
{
    private IReadOnlyList<SipTarget>? _targets;
    private int _at;

    /// <summary>The way for that request, or why there is none.</summary>
    public ValueTask<(SipFlow? Flow, string? Failure)> FindAsync(SipRequest request, CancellationToken cancellationToken) =>
        FindAsync(RequestRouter.NextHop(request), request, cancellationToken);

    /// <summary>The way to that hop, for that request or for any, or why there is none.</summary>
    public async ValueTask<(SipFlow? Flow, string? Failure)> FindAsync(SipUri hop, SipRequest? request, CancellationToken cancellationToken)
    {
        if (RequestRouter.Leads(known, hop))
            return (known, null);
        _targets ??= await router.ResolveAsync(hop, cancellationToken);
        string? failure = null;
        for (; _at < _targets.Count; _at++)
        {
            var target = _targets[_at];
            // A name may stand for where the connection of the dialog leads to.
            if (known is { IsReliable: true, IsOpen: true } && known.Kind == target.Transport && known.Remote.Address.Equals(target.EndPoint.Address))
                return (known, null);
            try
            {
                return (await router.OpenAsync(target, request, cancellationToken), null);
            }
            catch (Exception e) when (RequestRouter.IsUnreachable(e))
            {
                router.Dead.Add(target);
                failure = e.Message;
            }
        }
        // Nobody knows the host: what can't be resolved goes where the dialog came from.
        return _targets.Count == 0 && known is { IsOpen: true } ? (known, null) : (null, failure ?? $"{hop.Host} is not known");
    }

    /// <summary>
    /// Whether the response says to try the next address, and there is one: 503, nobody answered, or the message could not be sent.
    /// </summary>
    public bool FailsOver(SipResponse response)
    {
        if (_targets is null || _at >= _targets.Count || response.Status != 503 && response is not { IsLocal: true, Status: 408 })
            return false;
        router.Dead.Add(_targets[_at], response.RetryAfter);
        return ++_at < _targets.Count;
    }
}
