using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip;

/// <summary>What we can do, told in OPTIONS and in refusals, and what a request may not ask of us (RFC 3261 §8.2).</summary>
internal static class Capabilities
{
    public const string Allow = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, REFER, SUBSCRIBE, NOTIFY";
    public const string Accept = "application/sdp";
    public const string AcceptInfo = "application/dtmf-relay, application/dtmf";

    /// <summary>The option tags of extensions that we know (RFC 3261 §19.2): RFC 3262, 4028, 3891, 4488, 7044.</summary>
    private static readonly string[] Extensions = [ReliableProvisionals.Extension, SessionInterval.Extension, "replaces", "norefersub", "histinfo"];

    public static string Supported { get; } = string.Join(", ", Extensions);

    /// <summary>What an INVITE within a call says: nobody would acknowledge provisional responses to it, which need no answer before the final one.</summary>
    public static string SupportedWithin { get; } = string.Join(", ", Extensions.Where(e => e != ReliableProvisionals.Extension));

    /// <summary>The response that refuses the request, or null when it can be served. The order is that of RFC 3261 §8.2.</summary>
    public static SipResponse? Refusal(ServerTransaction transaction)
    {
        var request = transaction.Request;
        if (request.Uri.Scheme is not ("sip" or "sips" or "tel"))
            return request.CreateResponse(416, null, transaction.LocalTag);
        string[] unknown = [.. request.Headers.Values(SipHeaderNames.Require).Where(e => !Extensions.Contains(e, StringComparer.OrdinalIgnoreCase))];
        if (unknown.Length > 0)
            return With(request.CreateResponse(420, null, transaction.LocalTag), SipHeaderNames.Unsupported, string.Join(", ", unknown));
        if (!request.Body.IsEmpty
            && request.Headers.Values(SipHeaderNames.ContentEncoding).Any(coding => !coding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
            return With(request.CreateResponse(415, null, transaction.LocalTag), SipHeaderNames.AcceptEncoding, "identity");
        return request.Method is SipMethods.Invite or SipMethods.Update or SipMethods.Prack ? SessionRefusal(request, transaction.LocalTag) : null;
    }

    /// <summary>Whether the sender says that it knows an extension, be it that it demands it.</summary>
    public static bool Knows(SipMessage message, string extension) =>
        message.Headers.Values(SipHeaderNames.Supported).Contains(extension, StringComparer.OrdinalIgnoreCase) || Demands(message, extension);

    /// <summary>Whether the sender says that it knows an extension, and demands it not.</summary>
    public static bool Offers(SipRequest request, string extension) => Knows(request, extension) && !Demands(request, extension)
        && !request.Headers.Values(SipHeaderNames.ProxyRequire).Contains(extension, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the sender demands an extension.</summary>
    public static bool Demands(SipMessage message, string extension) =>
        message.Headers.Values(SipHeaderNames.Require).Contains(extension, StringComparer.OrdinalIgnoreCase);

    /// <summary>The refusal of a request that comes too early, or while we are too busy: when to try again.</summary>
    public static SipResponse Later(ServerTransaction transaction, int status, int seconds) =>
        With(transaction.Request.CreateResponse(status, null, transaction.LocalTag), SipHeaderNames.RetryAfter, $"{seconds}");

    public static void AddTo(SipResponse response)
    {
        response.Headers[SipHeaderNames.Allow] = Allow;
        response.Headers[SipHeaderNames.Supported] = Supported;
    }

    /// <summary>The answer to OPTIONS (RFC 3261 §11.2).</summary>
    public static SipResponse ForOptions(ServerTransaction transaction, IReadOnlyList<string> events)
    {
        var response = transaction.Request.CreateResponse(200, null, transaction.LocalTag);
        AddTo(response);
        response.Headers.Add(SipHeaderNames.Accept, Accept);
        response.Headers.Add(SipHeaderNames.AcceptEncoding, "identity");
        response.Headers.Add(SipHeaderNames.AcceptLanguage, "en");
        if (events.Count > 0)
            response.Headers.Add(SipHeaderNames.AllowEvents, string.Join(", ", events));
        return response;
    }

    /// <summary>RFC 3261 §8.2.1: 405 with Allow for methods that exist, 501 for those that nobody has heard of.</summary>
    public static SipResponse MethodRefusal(ServerTransaction transaction)
    {
        var known = transaction.Request.Method is SipMethods.Register or SipMethods.Message or SipMethods.Bye or SipMethods.Info
            or SipMethods.Update or SipMethods.Prack or SipMethods.Refer or "PUBLISH" or SipMethods.Subscribe or SipMethods.Notify;
        return With(transaction.Request.CreateResponse(known ? 405 : 501, null, transaction.LocalTag), SipHeaderNames.Allow, Allow);
    }

    public static SipResponse With(SipResponse response, string name, string value)
    {
        response.Headers[name] = value;
        return response;
    }

    private static SipResponse? SessionRefusal(SipRequest request, string tag)
    {
        if (!request.Body.IsEmpty && SessionBody.Find(request) is null && !IsOptional(request))
            return With(request.CreateResponse(415, null, tag), SipHeaderNames.Accept, Accept);
        if (request.Headers.Contains(SipHeaderNames.Accept) && !AcceptsSessions(request.Headers))
            return request.CreateResponse(406, null, tag);
        return null;
    }

    // RFC 3261 §20.1, as RFC 2616 §14.1: the narrowest range that fits counts, and q=0 says that it is not accepted.
    internal static bool AcceptsSessions(SipHeaders headers)
    {
        var narrowest = -1;
        var accepts = false;
        foreach (var range in headers.Values(SipHeaderNames.Accept))
        {
            var semicolon = range.IndexOf(';');
            var type = (semicolon < 0 ? range : range[..semicolon]).Replace(" ", "").Replace("\t", "").ToLowerInvariant();
            var width = Array.IndexOf(["*/*", "application/*", SipBody.SdpType], type);
            if (width <= narrowest)
                continue;
            narrowest = width;
            accepts = semicolon < 0 || !SipParameters.TryParse(range.AsSpan(semicolon), uri: false, out var parameters) || !IsZero(parameters["q"]);
        }
        return accepts;
    }

    private static bool IsZero(string? quality) => quality is ['0', ..] && !quality.AsSpan().ContainsAnyExcept("0.");

    // RFC 3261 §20.11: a body that the sender does not insist on is passed over.
    private static bool IsOptional(SipRequest request) =>
        ContentDisposition.TryParse(request.Headers[SipHeaderNames.ContentDisposition], out var disposition) && disposition.IsOptional;
}
