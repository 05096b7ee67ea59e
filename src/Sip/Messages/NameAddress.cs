using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace UnifiedMsg.Sip.Messages;

/// <summary>
/// A <c>name-addr</c> or <c>addr-spec</c> with header parameters (RFC 3261 §20.10): From, To, Contact, Route, Diversion,
/// History-Info, P-Asserted-Identity. Immutable.
/// </summary>
/// <param name="DisplayName">Without quotes; null when there is none.</param>
/// <param name="Uri">The address.</param>
/// <param name="Parameters">Header parameters, such as <c>tag</c>.</param>
public sealed record NameAddress(string? DisplayName, SipUri Uri, SipParameters Parameters)
{
    /// <summary>An address without display name and parameters.</summary>
    public NameAddress(SipUri uri)
        : this(null, uri, SipParameters.Empty)
    {
    }

    /// <summary>The <c>tag</c> parameter, or null.</summary>
    public string? Tag => Parameters["tag"];

    /// <summary>The <c>q</c> of a Contact, from 0 to 1 (RFC 3261 §20.10); 1 when it says none. False when it can't be read.</summary>
    internal bool TryPreference(out double preference)
    {
        preference = 1;
        return Parameters["q"] is not { } text
            || (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out preference) && preference is >= 0 and <= 1);
    }

    /// <summary>A copy with this tag.</summary>
    public NameAddress WithTag(string tag) => this with { Parameters = Parameters.With("tag", tag) };

    /// <summary>Reads an address that is known to be right.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static NameAddress Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is not a SIP address.");

    /// <summary>Reads one value. Unbalanced quotes or brackets, or a display name that must be quoted and is not, are refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out NameAddress? address)
    {
        address = null;
        text = SipGrammar.Trim(text);
        string? name = null;
        if (text.Length > 0 && text[0] == '"')
        {
            var end = SipGrammar.SkipQuoted(text, 0);
            if (end < 0)
                return false;
            name = SipGrammar.Unquote(text[..(end + 1)]);
            text = SipGrammar.Trim(text[(end + 1)..]);
            if (text.Length == 0 || text[0] != '<')
                return false;
        }
        // A quote before any bracket belongs to a parameter of a bare address, and so do the brackets in it.
        var open = text.IndexOfAny('<', '"');
        return open < 0 || text[open] == '"' ? TryParseBare(text, out address) : TryParseBracketed(text, open, name, out address);
    }

    /// <summary>Writes the address, always in brackets, the display name quoted.</summary>
    public override string ToString() =>
        string.IsNullOrEmpty(DisplayName) ? $"<{Uri}>{Parameters}" : $"{SipGrammar.Quote(DisplayName)} <{Uri}>{Parameters}";

    private static bool TryParseBracketed(ReadOnlySpan<char> text, int open, string? name, out NameAddress? address)
    {
        address = null;
        if (open > 0)
        {
            // display-name = *(token LWS). Letters beyond ASCII are common in the field and harmless, separators are not.
            var unquoted = SipGrammar.Trim(text[..open]);
            if (unquoted.ContainsAny("\",;:@>()[]{}\\"))
                return false;
            name = unquoted.ToString();
        }
        var close = text[open..].IndexOf('>') + open;
        if (close <= open || !SipUri.TryParse(text[(open + 1)..close], out var uri))
            return false;
        var rest = SipGrammar.Trim(text[(close + 1)..]);
        if (rest.Length > 0 && rest[0] != ';')
            return false;
        if (!SipParameters.TryParse(rest, uri: false, out var parameters))
            return false;
        address = new NameAddress(name, uri, parameters);
        return true;
    }

    // RFC 3261 §20.10: without brackets, parameters belong to the header, and the URI may hold no comma or question mark.
    private static bool TryParseBare(ReadOnlySpan<char> text, out NameAddress? address)
    {
        address = null;
        var semicolon = text.IndexOf(';');
        var bare = SipGrammar.Trim(semicolon < 0 ? text : text[..semicolon]);
        if (bare.ContainsAny(",?") || !SipUri.TryParse(bare, out var uri))
            return false;
        if (!SipParameters.TryParse(semicolon < 0 ? default : text[semicolon..], uri: false, out var parameters))
            return false;
        address = new NameAddress(null, uri, parameters);
        return true;
    }
}
