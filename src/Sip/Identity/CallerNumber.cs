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
    /// The numbers that a URI may mean, in canonical form: what it says and, unless a sign says that it is international, what it is with
    /// the country code before it (RFC 8224 §8.3) or as it is dialled. Which of them is meant shows in what was signed.
    /// </summary>
    public static IEnumerable<string> Meanings(SipUri uri, string? countryCode)
    {
        if (Of(uri) is not { } number)
            yield break;
        yield return number;
        if (uri.User!.StartsWith('+'))
            yield break;
        if (number.StartsWith("00", StringComparison.Ordinal) && number.Length > 2)
            yield return number[2..];
        if (countryCode is not null)
            yield return countryCode + number.TrimStart('0');
    }
}
