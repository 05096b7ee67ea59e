using System.Buffers;

namespace UnifiedMsg.Mime;

/// <summary>Links that call a number. Only what can be dialled becomes one.</summary>
internal static class PhoneLinks
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789");
    private static readonly SearchValues<char> Separators = SearchValues.Create("-.() ");
    private static readonly SearchValues<char> UserCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+");

    /// <summary>A tel: URI (RFC 3966): global with <c>+</c>, else local to our domain; null when it is no number.</summary>
    public static string? Tel(string number, string domain)
    {
        var digits = string.Concat(number.Where(c => !Separators.Contains(c)));
        if (digits.StartsWith('+')) return IsDigits(digits.AsSpan(1)) ? "tel:" + digits : null;
        return IsDigits(digits) ? $"tel:{digits};phone-context={domain}" : null;
    }

    /// <summary>A sip: URI of the number or name at our domain, or null when it can't be written as one.</summary>
    public static string? Sip(string number, string domain) =>
        number.AsSpan().ContainsAnyExcept(UserCharacters) ? null : $"sip:{number}@{domain}";

    private static bool IsDigits(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(Digits);
}
