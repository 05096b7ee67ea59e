using System.Buffers;
using System.Net;
using System.Text;

namespace UnifiedMsg.Sip.Messages;

/// <summary>
/// A <c>sip</c>, <c>sips</c> or <c>tel</c> URI (RFC 3261 §19.1, RFC 3966); a URI of another scheme is kept with its text only.
/// Immutable; <see cref="ToString"/> gives back the text that was parsed.
/// </summary>
public sealed class SipUri
{
    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    // RFC 3261 §25.1: mark = - _ . ! ~ * ' ( ); user-unreserved = & = + $ , ; ? /; escapes are checked apart.
    private static readonly SearchValues<char> UserChars = SearchValues.Create(Alphanumeric + "-_.!~*'()%&=+$,;?/");
    private static readonly SearchValues<char> PasswordChars = SearchValues.Create(Alphanumeric + "-_.!~*'()%&=+$,");

    // paramchar = param-unreserved / unreserved / escaped; param-unreserved = [ ] / : & + $. Some senders leave the "@" of an
    // RFC 4458 target unescaped, which can be read in one way only, so it is let through.
    private static readonly SearchValues<char> ParameterChars = SearchValues.Create(Alphanumeric + "-_.!~*'()%[]/:&+$@");
    private static readonly SearchValues<char> HeaderChars = SearchValues.Create(Alphanumeric + "-_.!~*'()%[]/?:+$=&,;@");
    private static readonly SearchValues<char> HostChars = SearchValues.Create(Alphanumeric + "-._");
    private static readonly SearchValues<char> SchemeChars = SearchValues.Create(Alphanumeric + "+-.");
    private static readonly SearchValues<char> TelephoneChars = SearchValues.Create("0123456789ABCDEFabcdef+*#-.()");

    private readonly string _text;

    private SipUri(string text) => _text = text;

    /// <summary>In lower case.</summary>
    public required string Scheme { get; init; }

    /// <summary>The user part without escapes; the number of a <c>tel</c> URI; null when there is none.</summary>
    public string? User { get; private init; }

    /// <summary>The host as written (an IPv6 address in brackets); empty for <c>tel</c> and foreign schemes.</summary>
    public string Host { get; private init; } = "";

    /// <summary>Null when the URI names none.</summary>
    public int? Port { get; private init; }

    /// <summary>URI parameters.</summary>
    public SipParameters Parameters { get; private init; } = SipParameters.Empty;

    /// <summary>The text after the question mark, or null.</summary>
    public string? Headers { get; private init; }

    /// <summary>Whether the scheme is <c>sip</c> or <c>sips</c>.</summary>
    public bool IsSip => Scheme is "sip" or "sips";

    /// <summary>RFC 3261 §16.12: a loose router says so in its URI.</summary>
    public bool IsLooseRouter => Parameters.Contains("lr");

    /// <summary>Where requests to it go (RFC 3263 §4): the parameter <c>maddr</c>, else the host.</summary>
    public string Target => Parameters["maddr"] is { } maddr && TryParseHostPort(maddr, out var host, out var port) && port is null ? host : Host;

    /// <summary><see cref="Target"/> as an address, or null when it is a name.</summary>
    public IPAddress? Address => AddressOf(Target);

    /// <summary>Makes <c>sip:user@host:port</c>; characters that the user part may not hold are escaped.</summary>
    /// <exception cref="ArgumentException">The host is not a host name or address.</exception>
    public static SipUri Create(string? user, string host, int? port = null, string? transport = null)
    {
        var text = new StringBuilder("sip:");
        if (!string.IsNullOrEmpty(user))
            AppendEscaped(text, user).Append('@');
        text.Append(host.Contains(':') && !host.StartsWith('[') ? $"[{host}]" : host);
        if (port is not null)
            text.Append(':').Append(port);
        if (transport is not null)
            text.Append(";transport=").Append(transport);
        return TryParse(text.ToString(), out var uri) ? uri : throw new ArgumentException($"'{text}' is not a SIP URI.", nameof(host));
    }

    /// <summary>Reads a URI that is known to be right, such as one of a configuration or a test.</summary>
    /// <exception cref="FormatException">It is not a URI.</exception>
    public static SipUri Parse(string text) => TryParse(text, out var uri) ? uri : throw new FormatException($"'{text}' is not a SIP URI.");

    /// <summary>Reads a URI. White space, brackets, broken escapes and impossible hosts or ports are refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SipUri? uri)
    {
        uri = null;
        var colon = text.IndexOf(':');
        if (colon <= 0 || !char.IsAsciiLetter(text[0]) || text[..colon].ContainsAnyExcept(SchemeChars))
            return false;
        var scheme = text[..colon] switch
        {
            "sip" => "sip",
            "sips" => "sips",
            "tel" => "tel",
            var other => other.ToString().ToLowerInvariant(),
        };
        var rest = text[(colon + 1)..];
        return scheme switch
        {
            "sip" or "sips" => TryParseSip(text, scheme, rest, out uri),
            "tel" => TryParseTelephone(text, rest, out uri),
            _ => TryParseForeign(text, scheme, rest, out uri),
        };
    }

    /// <summary>A copy with one URI parameter set.</summary>
    public SipUri WithParameter(string name, string? value)
    {
        var parameters = Parameters.With(name, value);
        var text = WithoutParameters() + parameters + (Headers is null ? "" : "?" + Headers);
        return new SipUri(text) { Scheme = Scheme, User = User, Host = Host, Port = Port, Parameters = parameters, Headers = Headers };
    }

    /// <summary>A copy without a URI parameter.</summary>
    public SipUri WithoutParameter(string name)
    {
        if (!Parameters.Contains(name))
            return this;
        var parameters = Parameters.Without(name);
        var text = WithoutParameters() + parameters + (Headers is null ? "" : "?" + Headers);
        return new SipUri(text) { Scheme = Scheme, User = User, Host = Host, Port = Port, Parameters = parameters, Headers = Headers };
    }

    /// <summary>
    /// The header fields that the URI wants in a request, without escapes (RFC 3261 §19.1.1). Whoever wrote the URI wrote them: which of them
    /// are taken is to be decided for each (§19.1.5), and a value may hold what no header may.
    /// </summary>
    public IEnumerable<SipHeader> HeaderFields()
    {
        foreach (var field in (Headers ?? "").Split('&'))
        {
            var equals = field.IndexOf('=');
            if (equals > 0)
                yield return new SipHeader(SipHeaderNames.Canonicalize(SipGrammar.Unescape(field.AsSpan(0, equals))), SipGrammar.Unescape(field.AsSpan(equals + 1)));
        }
    }

    /// <summary>A copy without the header part, which a Request-URI does not have (RFC 3261 §19.1.1).</summary>
    public SipUri WithoutHeaders() => Headers is null ? this : Parse(_text[..^(Headers.Length + 1)]);

    /// <summary>Scheme, user, host and port only: how people read an address.</summary>
    public string WithoutParameters()
    {
        var end = Scheme == "tel" ? _text.IndexOf(';') : IndexOfParameters();
        return end < 0 ? _text : _text[..end];
    }

    /// <summary>
    /// RFC 3261 §19.1.4 for <c>sip</c>: user exactly, host without case, port, and the parameters that always count
    /// (user, ttl, method, maddr, transport).
    /// </summary>
    public bool IsSameAs(SipUri other) =>
        Scheme == other.Scheme && User == other.User && Port == other.Port
        && Host.Equals(other.Host, StringComparison.OrdinalIgnoreCase)
        && (IsSip || _text == other._text)
        && SameParameters(other);

    /// <summary>The text that was parsed.</summary>
    public override string ToString() => _text;

    internal static bool IsParameterText(ReadOnlySpan<char> text) =>
        text.Length > 0 && !text.ContainsAnyExcept(ParameterChars) && HasGoodEscapes(text);

    private static bool TryParseSip(ReadOnlySpan<char> text, string scheme, ReadOnlySpan<char> rest, out SipUri? uri)
    {
        uri = null;
        string? user = null;
        var at = rest.IndexOf('@');
        if (at >= 0 && IsUserInfo(rest[..at]))
        {
            var name = rest[..at];
            var colon = name.IndexOf(':');
            user = SipGrammar.Unescape(colon < 0 ? name : name[..colon]);
            rest = rest[(at + 1)..];
        }
        string? headers = null;
        var question = rest.IndexOf('?');
        if (question >= 0)
        {
            var query = rest[(question + 1)..];
            if (query.Length == 0 || query.ContainsAnyExcept(HeaderChars) || !HasGoodEscapes(query))
                return false;
            headers = query.ToString();
            rest = rest[..question];
        }
        var parameters = SipParameters.Empty;
        var semicolon = rest.IndexOf(';');
        if (semicolon >= 0)
        {
            if (!SipParameters.TryParse(rest[semicolon..], uri: true, out parameters))
                return false;
            rest = rest[..semicolon];
        }
        if (!TryParseHostPort(rest, out var host, out var port))
            return false;
        uri = new SipUri(text.ToString())
        {
            Scheme = scheme,
            User = user,
            Host = host,
            Port = port,
            Parameters = parameters,
            Headers = headers,
        };
        return true;
    }

    private static bool IsUserInfo(ReadOnlySpan<char> text)
    {
        var colon = text.IndexOf(':');
        var user = colon < 0 ? text : text[..colon];
        return user.Length > 0 && !user.ContainsAnyExcept(UserChars) && HasGoodEscapes(text)
            && (colon < 0 || !text[(colon + 1)..].ContainsAnyExcept(PasswordChars));
    }

    // RFC 3261 §25.1: an IPv4 address is four decimal numbers. The system's parser would also read "1234", "0x7f.1" and "127.1".
    internal static IPAddress? AddressOf(string host) =>
        (host.Contains(':') || host.AsSpan().Count('.') == 3 && !host.AsSpan().ContainsAnyExcept("0123456789.") && !HasLeadingZero(host))
        && IPAddress.TryParse(host.AsSpan().Trim("[]"), out var address) ? address : null;

    // 010 is ten to some and eight to others.
    private static bool HasLeadingZero(ReadOnlySpan<char> host)
    {
        foreach (var part in host.Split('.'))
        {
            if (host[part] is ['0', _, ..])
                return true;
        }
        return false;
    }

    /// <summary>Reads <c>host[:port]</c>; the host is a name, an IPv4 address or a bracketed IPv6 reference.</summary>
    internal static bool TryParseHostPort(ReadOnlySpan<char> text, out string host, out int? port)
    {
        host = "";
        port = null;
        var end = text.Length > 0 && text[0] == '[' ? text.IndexOf(']') + 1 : text.IndexOf(':');
        if (end < 0)
            end = text.Length;
        var name = text[..end];
        if (name.Length == 0 || name.Length > 255)
            return false;
        if (name[0] == '[' ? !IsIPv6Reference(name) : name.ContainsAnyExcept(HostChars))
            return false;
        if (end < text.Length)
        {
            if (text[end] != ':' || !SipGrammar.TryNumber(text[(end + 1)..], 65535, out var number) || number == 0)
                return false;
            port = (int)number;
        }
        host = name.ToString();
        return true;
    }

    // RFC 5118 §4.10: the grammar of RFC 3261 allows a third colon before an embedded IPv4 address, which must be tolerated.
    private static bool IsIPv6Reference(ReadOnlySpan<char> name) =>
        name[^1] == ']' && !name.Contains('%')
        && (IsIPv6(name[1..^1]) || (name.IndexOf(":::") is var extra and > 0 && name[extra..].Contains('.') && IsIPv6($"{name[1..extra]}{name[(extra + 1)..^1]}")));

    private static bool IsIPv6(ReadOnlySpan<char> text) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;

    private static bool TryParseTelephone(ReadOnlySpan<char> text, ReadOnlySpan<char> rest, out SipUri? uri)
    {
        uri = null;
        var semicolon = rest.IndexOf(';');
        var number = semicolon < 0 ? rest : rest[..semicolon];
        var parameters = SipParameters.Empty;
        if (number.Length == 0 || number.ContainsAnyExcept(TelephoneChars))
            return false;
        if (semicolon >= 0 && !SipParameters.TryParse(rest[semicolon..], uri: true, out parameters))
            return false;
        uri = new SipUri(text.ToString()) { Scheme = "tel", User = number.ToString(), Parameters = parameters };
        return true;
    }

    private static bool TryParseForeign(ReadOnlySpan<char> text, string scheme, ReadOnlySpan<char> rest, out SipUri? uri)
    {
        uri = null;
        if (rest.Length == 0 || rest.ContainsAny(" \t<>\"") || rest.ContainsAnyInRange('\0', '\x1f'))
            return false;
        uri = new SipUri(text.ToString()) { Scheme = scheme };
        return true;
    }

    private static bool HasGoodEscapes(ReadOnlySpan<char> text)
    {
        for (var i = text.IndexOf('%'); i >= 0 && i < text.Length; i++)
        {
            if (text[i] != '%')
                continue;
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                return false;
            i += 2;
        }
        return true;
    }

    internal static string EscapeUser(string user) => AppendEscaped(new StringBuilder(), user).ToString();

    private static StringBuilder AppendEscaped(StringBuilder text, string user)
    {
        foreach (var octet in Encoding.UTF8.GetBytes(user))
        {
            if (octet < 128 && octet != '%' && UserChars.Contains((char)octet))
                text.Append((char)octet);
            else
                text.Append('%').Append(octet.ToString("X2"));
        }
        return text;
    }

    private int IndexOfParameters()
    {
        if (!IsSip)
            return -1;
        var host = Host.Length == 0 ? 0 : _text.IndexOf(Host, User is null ? 0 : _text.IndexOf('@'), StringComparison.Ordinal);
        return _text.AsSpan(host).IndexOfAny(';', '?') is var i and >= 0 ? i + host : -1;
    }

    private bool SameParameters(SipUri other)
    {
        foreach (var name in (ReadOnlySpan<string>)["user", "ttl", "method", "maddr", "transport"])
        {
            if (!string.Equals(Parameters[name], other.Parameters[name], StringComparison.OrdinalIgnoreCase))
                return false;
        }
        return true;
    }
}
