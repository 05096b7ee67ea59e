using System.Net;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Transfers;

/// <summary>Somebody asks us to call somebody else (REFER, RFC 3515).</summary>
/// <param name="Request">The REFER.</param>
/// <param name="ReferTo">Whom to call, with what the call is to carry.</param>
/// <param name="Call">The call in which it came; null outside of one.</param>
/// <param name="RemoteEndPoint">Where it came from.</param>
public sealed record ReferRequest(SipRequest Request, NameAddress ReferTo, ICall? Call, IPEndPoint RemoteEndPoint)
{
    /// <summary>Whom to call.</summary>
    public SipUri Target => ReferTo.Uri.WithoutHeaders();

    /// <summary>Who says that he asks for it (RFC 3892); not proved by anything. Null when it is not said.</summary>
    public NameAddress? ReferredBy => NameAddress.TryParse(Request.Headers[SipHeaderNames.ReferredBy], out var by) ? by : null;

    /// <summary>The call at the target whose place the new one is to take (attended transfer, RFC 3891 §4); null for a blind transfer.</summary>
    public ReplacesHeader? Replaces => ReferTo.Uri.HeaderFields().FirstOrDefault(header => header.Name == SipHeaderNames.Replaces).Value is { } text && ReplacesHeader.TryParse(text, out var replaces) ? replaces : null;

    /// <summary>The call that is asked for, to be completed with an offer. Of the headers that the URI names, only Replaces is taken up:
    /// the others could speak in our name (RFC 3261 §19.1.5).</summary>
    /// <param name="from">Who calls.</param>
    public OutgoingCallRequest ToCall(NameAddress from)
    {
        var headers = new List<SipHeader>();
        if (Replaces is { } replaces)
            headers.AddRange([new SipHeader(SipHeaderNames.Replaces, replaces.ToString()), new SipHeader(SipHeaderNames.Require, "replaces")]);
        if (ReferredBy is { } by)
            headers.Add(new SipHeader(SipHeaderNames.ReferredBy, by.ToString()));
        return new OutgoingCallRequest { Target = Target, From = from, Headers = headers };
    }
}

/// <summary>Carries out what a REFER asks for.</summary>
/// <param name="progress">Told what comes of it before the end; the other side is notified.</param>
/// <param name="cancellationToken">Cancelled when the endpoint stops.</param>
/// <returns>The final response of the new call.</returns>
public delegate Task<SipResponse> ReferredCall(Action<SipResponse> progress, CancellationToken cancellationToken);

/// <summary>What to do with a REFER.</summary>
public sealed class ReferAnswer
{
    private ReferAnswer(int status) => Status = status;

    /// <summary>202, or the status to refuse with.</summary>
    public int Status { get; }

    internal ReferredCall? CarryOut { get; private init; }

    /// <summary>Accepts; the other side is notified of what comes of it (RFC 3515 §2.4.4), unless it does not want that (RFC 4488).</summary>
    public static ReferAnswer Accept(ReferredCall carryOut) => new(202) { CarryOut = carryOut };

    /// <summary>Refuses, for instance with 603 (declined) or 403.</summary>
    public static ReferAnswer Refuse(int status) => new(status);
}
