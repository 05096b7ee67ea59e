using System.Collections.Frozen;
using System.Text;

namespace UnifiedMsg.Sip.Messages;

/// <summary>Canonical header names, and the compact forms of RFC 3261 §7.3.3 and later documents.</summary>
public static class SipHeaderNames
{
#pragma warning disable CS1591 // Each constant is the header of that name.
    public const string Accept = "Accept";
    public const string AcceptEncoding = "Accept-Encoding";
    public const string AcceptLanguage = "Accept-Language";
    public const string AlertInfo = "Alert-Info";
    public const string Allow = "Allow";
    public const string AllowEvents = "Allow-Events";
    public const string AuthenticationInfo = "Authentication-Info";
    public const string Authorization = "Authorization";
    public const string CallId = "Call-ID";
    public const string CallInfo = "Call-Info";
    public const string Contact = "Contact";
    public const string ContentDisposition = "Content-Disposition";
    public const string ContentEncoding = "Content-Encoding";
    public const string ContentLanguage = "Content-Language";
    public const string ContentLength = "Content-Length";
    public const string ContentType = "Content-Type";
    public const string CSeq = "CSeq";
    public const string Date = "Date";
    public const string Diversion = "Diversion";
    public const string ErrorInfo = "Error-Info";
    public const string Event = "Event";
    public const string Expires = "Expires";
    public const string From = "From";
    public const string HistoryInfo = "History-Info";
    public const string Identity = "Identity";
    public const string InfoPackage = "Info-Package";
    public const string MaxForwards = "Max-Forwards";
    public const string MimeVersion = "MIME-Version";
    public const string MinExpires = "Min-Expires";
    public const string MinSE = "Min-SE";
    public const string Organization = "Organization";
    public const string PAssertedIdentity = "P-Asserted-Identity";
    public const string PPreferredIdentity = "P-Preferred-Identity";
    public const string Path = "Path";
    public const string Priority = "Priority";
    public const string Privacy = "Privacy";
    public const string ProxyAuthenticate = "Proxy-Authenticate";
    public const string ProxyAuthenticationInfo = "Proxy-Authentication-Info";
    public const string ProxyAuthorization = "Proxy-Authorization";
    public const string ProxyRequire = "Proxy-Require";
    public const string RAck = "RAck";
    public const string Reason = "Reason";
    public const string RecordRoute = "Record-Route";
    public const string ReferSub = "Refer-Sub";
    public const string ReferTo = "Refer-To";
    public const string ReferredBy = "Referred-By";
    public const string RemotePartyId = "Remote-Party-ID";
    public const string Replaces = "Replaces";
    public const string ReplyTo = "Reply-To";
    public const string Require = "Require";
    public const string RetryAfter = "Retry-After";
    public const string Route = "Route";
    public const string RSeq = "RSeq";
    public const string Server = "Server";
    public const string SessionExpires = "Session-Expires";
    public const string Subject = "Subject";
    public const string SubscriptionState = "Subscription-State";
    public const string Supported = "Supported";
    public const string Timestamp = "Timestamp";
    public const string To = "To";
    public const string Unsupported = "Unsupported";
    public const string UserAgent = "User-Agent";
    public const string Via = "Via";
    public const string Warning = "Warning";
    public const string WwwAuthenticate = "WWW-Authenticate";
#pragma warning restore CS1591

    private static readonly FrozenDictionary<string, string> Canonical = Build();
    private static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        Canonical.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>No known name is longer; a longer one is kept as it came.</summary>
    private const int LongestKnown = 32;

    /// <summary>The canonical spelling of a header name in any case or in compact form; an unknown name comes back unchanged.</summary>
    public static string Canonicalize(string name) => Canonical.GetValueOrDefault(name, name);

    internal static string Canonicalize(ReadOnlySpan<byte> name)
    {
        if (name.Length <= LongestKnown)
        {
            Span<char> chars = stackalloc char[LongestKnown];
            var length = Encoding.ASCII.GetChars(name, chars);
            if (BySpan.TryGetValue(chars[..length], out var known))
                return known;
        }
        return Encoding.ASCII.GetString(name);
    }

    private static FrozenDictionary<string, string> Build()
    {
        string[] names =
        [
            Accept, AcceptEncoding, AcceptLanguage, AlertInfo, Allow, AllowEvents, AuthenticationInfo, Authorization, CallId, CallInfo, Contact,
            ContentDisposition, ContentEncoding, ContentLanguage, ContentLength, ContentType, CSeq, Date, Diversion, ErrorInfo, Event,
            Expires, From, HistoryInfo, Identity, InfoPackage, MaxForwards, MimeVersion, MinExpires, MinSE, Organization,
            PAssertedIdentity, PPreferredIdentity, Path, Priority, Privacy, ProxyAuthenticate, ProxyAuthenticationInfo, ProxyAuthorization, ProxyRequire, RAck,
            Reason, RecordRoute, ReferSub, ReferTo, ReferredBy, RemotePartyId, Replaces, ReplyTo, Require, RetryAfter, Route, RSeq, Server,
            SessionExpires, Subject, SubscriptionState, Supported, Timestamp, To, Unsupported, UserAgent, Via, Warning, WwwAuthenticate,
        ];
        var map = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in names)
            map[name] = name;

        // RFC 3261 §20, RFC 6665 §8.2.1 (o, u), RFC 3515 (r), RFC 3892 (b), RFC 4028 (x), RFC 8224 (y).
        (string Compact, string Name)[] compact =
        [
            ("i", CallId), ("m", Contact), ("e", ContentEncoding), ("l", ContentLength), ("c", ContentType), ("f", From),
            ("s", Subject), ("k", Supported), ("t", To), ("v", Via), ("o", Event), ("u", AllowEvents), ("r", ReferTo),
            ("b", ReferredBy), ("x", SessionExpires), ("y", Identity),
        ];
        foreach (var (shortName, name) in compact)
            map[shortName] = name;
        return map.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
