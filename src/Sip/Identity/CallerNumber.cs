using System.Buffers;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Identity;

/// <summary>Telephone numbers out of URIs, in the canonical form that signatures are over (RFC 8224 §8.3).</summary>
internal static class CallerNumber
{
    private static readonly SearchValues<char> Separators = SearchValues.Create("-.() ");
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789*#");

    /// <summary>
    /// The number without its sign, separators and parameters; null when the URI names none. E.164 has 15 digits at most, short codes and
    /// dialled prefixes may come on top.
    /// </summary>
    public static string? Of(SipUri uri) => uri.Scheme is "sip" or "sips" or "tel" && uri.User is { } user ? Canonical(user) : null;

    /// <summary>The same of a text.</summary>
    public static string? Canonical(string text)
    {
        var number = text.AsSpan();
        if (number.IndexOf(';') is >= 0 and var semicolon)
            number = number[..semicolon];
        number = number.TrimStart('+');
        var digits = new string([.. number.ToString().Where(c => !Separators.Contains(c))]);
        return digits.Length is > 0 and <= 32 && !digits.AsSpan().ContainsAnyExcept(Digits) ? digits : null;
    }

    /// <summary>
    /// Whether both are the same number, the first perhaps in a national form: RFC 8224 §8.3 has the verifier put the country code before
    /// it. Since the other one is signed, trying both forms lets nothing through that was not signed.
    /// </summary>
    public static bool AreSame(string? number, string? signed, string? countryCode) =>
        number is not null && signed is not null
        && (number == signed || number == "00" + signed || (countryCode is not null && countryCode + number.TrimStart('0') == signed));
}
