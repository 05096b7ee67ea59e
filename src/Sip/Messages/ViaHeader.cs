using System.Diagnostics.CodeAnalysis;

namespace UnifiedMsg.Sip.Messages;

/// <summary>One Via value (RFC 3261 §20.42, RFC 3581). Immutable.</summary>
/// <param name="Transport">In upper case: UDP, TCP, TLS …</param>
/// <param name="Host">The sent-by host.</param>
/// <param name="Port">The sent-by port; null when it names none.</param>
/// <param name="Parameters">branch, rport, received …</param>
public sealed record ViaHeader(string Transport, string Host, int? Port, SipParameters Parameters)
{
    /// <summary>RFC 3261 §8.1.1.7: what the branch of every element of this century begins with.</summary>
    public const string MagicCookie = "z9hG4bK";

    /// <summary>The branch, or null.</summary>
    public string? Branch => Parameters["branch"];

    /// <summary>Whether the branch identifies the transaction by itself (RFC 3261 §17.2.3).</summary>
    public bool HasMagicCookie =>
        Branch is { } branch && branch.Length > MagicCookie.Length && branch.StartsWith(MagicCookie, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads one Via value; white space is allowed around the slashes (RFC 3261 §25.1).</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out ViaHeader? via)
    {
        via = null;
        text = SipGrammar.Trim(text);
        if (!TakeProtocolPart(ref text, out var name) || !name.Equals("SIP", StringComparison.OrdinalIgnoreCase))
            return false;
        if (!TakeProtocolPart(ref text, out var version) || version is not "2.0")
            return false;
        var blank = text.IndexOfAny(' ', '\t');
        if (blank <= 0 || !SipGrammar.IsToken(text[..blank]))
            return false;
        var transport = TransportName(text[..blank]);
        text = SipGrammar.Trim(text[blank..]);
        var semicolon = text.IndexOf(';');
        var sentBy = SipGrammar.Trim(semicolon < 0 ? text : text[..semicolon]);
        if (!TrySentBy(sentBy, out var host, out var port))
            return false;
        if (!SipParameters.TryParse(semicolon < 0 ? default : text[semicolon..], uri: false, out var parameters))
            return false;
        via = new ViaHeader(transport, host, port, parameters);
        return true;
    }

    /// <summary>Whether it names the same sender (sent-by), however the host is written and whether or not the usual port is.</summary>
    internal bool IsSentBySame(ViaHeader other) =>
        (Host.Equals(other.Host, StringComparison.OrdinalIgnoreCase)
            || (SipUri.AddressOf(Host) is { } address && address.Equals(SipUri.AddressOf(other.Host))))
        && (Port ?? Transports.TransportNames.DefaultPortOf(Transport)) == (other.Port ?? Transports.TransportNames.DefaultPortOf(other.Transport));

    /// <summary>Writes the value.</summary>
    public override string ToString() => $"SIP/2.0/{Transport} {Host}{(Port is { } port ? $":{port}" : "")}{Parameters}";

    private static bool TakeProtocolPart(ref ReadOnlySpan<char> text, out ReadOnlySpan<char> part)
    {
        part = default;
        var slash = text.IndexOf('/');
        if (slash <= 0)
            return false;
        part = SipGrammar.Trim(text[..slash]);
        text = SipGrammar.Trim(text[(slash + 1)..]);
        return true;
    }

    // sent-by = host [ COLON port ], and COLON allows white space on either side.
    private static bool TrySentBy(ReadOnlySpan<char> text, out string host, out int? port)
    {
        if (!text.ContainsAny(' ', '\t'))
            return SipUri.TryParseHostPort(text, out host, out port);
        var colon = text.LastIndexOf(':');
        host = "";
        port = null;
        return colon > 0
            && SipUri.TryParseHostPort($"{SipGrammar.Trim(text[..colon])}:{SipGrammar.Trim(text[(colon + 1)..])}", out host, out port);
    }

    private static string TransportName(ReadOnlySpan<char> text) => text switch
    {
        "UDP" => "UDP",
        "TCP" => "TCP",
        "TLS" => "TLS",
        _ => text.ToString().ToUpperInvariant(),
    };
}
