using System.Globalization;

namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>Dates of the wire: <c>date-time</c> and <c>date</c> of RFC 9051 §9.</summary>
internal static class ImapDate
{
    /// <summary>Reads <c>"dd-Mon-yyyy HH:mm:ss +zzzz"</c>, the day perhaps with a space for its first digit.</summary>
    public static bool TryParseDateTime(string text, out DateTimeOffset value)
    {
        value = default;
        if (text.Length != 26 || text[20] != ' ' || text[21] is not ('+' or '-')) return false;
        return DateTimeOffset.TryParseExact(
            text.TrimStart().Insert(text.TrimStart().Length - 2, ":"), ["d-MMM-yyyy HH:mm:ss zzz", "dd-MMM-yyyy HH:mm:ss zzz"],
            CultureInfo.InvariantCulture, DateTimeStyles.None, out value);
    }

    /// <summary>Reads <c>d-Mon-yyyy</c>.</summary>
    public static bool TryParseDate(string text, out DateOnly value) =>
        DateOnly.TryParseExact(text, "d-MMM-yyyy", CultureInfo.InvariantCulture, DateTimeStyles.None, out value);

    /// <summary>The date-time without its quotes.</summary>
    public static string Format(DateTimeOffset value)
    {
        var sign = value.Offset < TimeSpan.Zero ? '-' : '+';
        return string.Create(
            CultureInfo.InvariantCulture, $"{value.Day,2}{value:-MMM-yyyy HH:mm:ss} {sign}{value.Offset:hhmm}");
    }
}
