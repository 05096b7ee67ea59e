using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Requests;

/// <summary>
/// The attempts at one request of ours: what each refusal asks to be done otherwise. A challenge is answered (RFC 3261 §22), another server
/// taken (RFC 3263 §4.3), and outside a dialog a redirect followed and a mistake of ours mended (RFC 3261 §8.1.3.4, §8.1.3.5).
/// </summary>
internal sealed class RequestAttempts
{
    /// <summary>For one target: a challenge, a stale nonce, a second one from another proxy on the way, and something to mend.</summary>
    private const int MaxAttempts = 4;

    private readonly UserAgentCore _core;
    private readonly SipFlow? _known;
    private readonly DigestClient? _digest;
    private readonly bool _outside;
    private readonly HashSet<string> _without = new(StringComparer.OrdinalIgnoreCase);
    private TargetSet? _targets;
    private SipUri? _otherScheme;
    private bool _challenged;
    private int _attempts;

    private RequestAttempts(UserAgentCore core, SipFlow? known, DigestClient? digest, bool outside)
    {
        (_core, _known, _digest, _outside) = (core, known, digest, outside);
        Path = new RequestPath(core.Router, known);
    }

    /// <summary>The CSeq of the next attempt when the first one has 1. What goes to another server of the same target is the same request.</summary>
    public uint Sequence { get; private set; } = 1;

    /// <summary>The addresses of the present target.</summary>
    public RequestPath Path { get; private set; }

    /// <summary>The way that the last attempt went; null when there was none.</summary>
    public SipFlow? Flow { get; set; }

    /// <summary>A request within a dialog, which leads where the dialog says.</summary>
    public static RequestAttempts Within(UserAgentCore core, SipFlow? known, DigestClient? digest) => new(core, known, digest, outside: false);

    /// <summary>A request outside a dialog.</summary>
    public static RequestAttempts Outside(UserAgentCore core, DigestClient? digest) => new(core, null, digest, outside: true);

    /// <summary>Makes a request, which is new for each attempt, the next one to send.</summary>
    public void Prepare(SipRequest request)
    {
        if (_outside)
        {
            _targets ??= new TargetSet(request.Uri, request.Method, _core.Options.MaxRedirects);
            Lead(request, _targets.Current);
            Omit(request);
        }
        if (_challenged)
            _digest!.WriteAnswers(request);
        else
            _digest?.Begin(request);
    }

    /// <summary>The request was refused; whether it is to be sent again, and as what <see cref="Prepare"/> makes of it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="response">Its final response.</param>
    /// <param name="mended">Whether whoever makes the request will do it otherwise the next time.</param>
    public bool GoesOn(SipRequest request, SipResponse response, bool mended = false)
    {
        _challenged = false;
        if (_known is null && Path.FailsOver(response))
            return true;
        Sequence++;
        if (++_attempts < MaxAttempts && (mended || IsAnswered(response) || (_outside && IsMended(request, response))))
            return true;
        if (_targets?.MoveOn(response) != true)
            return false;
        (_attempts, _otherScheme) = (0, null);
        Path = new RequestPath(_core.Router, null);
        return true;
    }

    /// <summary>Whether whoever answered knows our password, where it says so (RFC 7616 §3.5).</summary>
    public bool IsAuthentic(SipRequest request, SipResponse response) => _digest?.Accepts(request, response) != false;

    /// <summary>The response to report when it does not go on.</summary>
    public SipResponse AnswerTo(SipResponse last) => _targets?.Answer ?? last;

    private bool IsAnswered(SipResponse response) =>
        _challenged = response.Status is 401 or 407 && _digest is not null && _digest.TryTake(response);

    private bool IsMended(SipRequest request, SipResponse response) => response.Status switch
    {
        416 => TryOtherScheme(request),
        420 => TryFewerExtensions(request, response),
        _ => false,
    };

    // RFC 3261 §8.1.3.5, §19.1.6: who does not know a telephone number as such may know it as an address of the proxy's.
    private bool TryOtherScheme(SipRequest request)
    {
        if (request.Uri.Scheme != "tel" || RequestRouter.NextHop(request) is not { IsSip: true } hop)
            return false;
        _otherScheme = SipUri.Create(request.Uri.ToString()["tel:".Length..], hop.Host, hop.Port).WithParameter("user", "phone");
        return true;
    }

    // RFC 3261 §8.1.3.5: what we can do is said less of. What the request demands is the wish of whoever sends it, who would not have it
    // served otherwise: a call that is to replace another one must not become one more (RFC 3891 §4).
    private bool TryFewerExtensions(SipRequest request, SipResponse response)
    {
        string[] unsupported = [.. response.Headers.Values(SipHeaderNames.Unsupported)];
        return unsupported.Length > 0 && unsupported.All(tag => Capabilities.Offers(request, tag)) && unsupported.Count(_without.Add) > 0;
    }

    private void Lead(SipRequest request, RequestTarget target)
    {
        request.Uri = _otherScheme ?? target.Uri;
        if (target.Proxy is { } proxy)
            request.Headers.AddRoute(proxy);
        foreach (var header in target.Headers ?? [])
        {
            // What the caller says himself counts.
            if (!request.Headers.Contains(header.Name))
                request.Headers.Add(header.Name, header.Value);
        }
    }

    private void Omit(SipRequest request)
    {
        if (_without.Count == 0)
            return;
        string[] left = [.. request.Headers.Values(SipHeaderNames.Supported).Where(tag => !_without.Contains(tag))];
        request.Headers[SipHeaderNames.Supported] = left.Length == 0 ? null : string.Join(", ", left);
        if (_without.Contains(SessionInterval.Extension))
        {
            request.Headers.Remove(SipHeaderNames.SessionExpires);
            request.Headers.Remove(SipHeaderNames.MinSE);
        }
    }
}
