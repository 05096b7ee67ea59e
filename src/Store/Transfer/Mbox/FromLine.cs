using System.Globalization;
using System.Text;

namespace UnifiedMsg.Store.Transfer.Mbox;

/// <summary>
/// The line that begins a message of an mbox file: <c>From alice@example.test Fri Nov 27 16:05:09 2026</c>. RFC 4155 appendix A. The time is UTC
/// when no zone stands beside it.
/// </summary>
internal static class FromLine
{
    /// <summary>Longer lines are text: an address, a date and a remark fit.</summary>
    private const int MaxLength = 1000;

    /// <summary>The longest quoting that counts, so that one piece of a line decides.</summary>
    public const int MaxQuotes = 1000;

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    /// <summary>Reads the line; false when it is text that begins with "From".</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out DateTimeOffset date)
    {
        date = default;
        if (line.Length > MaxLength || !line.StartsWith("From "u8))
            return false;
        // The address may have spaces in it, so the date is looked for by its time.
        string[] words = Encoding.Latin1.GetString(line).Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        for (int i = 2; i < words.Length; i++)
        {
            if (TimeOnly.TryParseExact(words[i], ["H:mm:ss", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly time)
                && TryDay(words[i - 2], words[i - 1], out int month, out int day) && TryYear(words.AsSpan(i + 1), out int year, out TimeSpan zone))
                return TryMake(year, month, day, time, zone, out date);
        }
        return false;
    }

    /// <summary>The line for a date, with its end.</summary>
    public static byte[] Format(DateTimeOffset date)
    {
        DateTimeOffset utc = date.ToUniversalTime();
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"From MAILER-DAEMON {utc:ddd MMM} {utc.Day,2} {utc:HH:mm:ss yyyy}\n"));
    }

    /// <summary>How many <c>&gt;</c> quote a line that would be a From_ line; -1 when it would not.</summary>
    public static int Quotes(ReadOnlySpan<byte> line)
    {
        int count = line.IndexOfAnyExcept((byte)'>');
        return count is >= 0 and <= MaxQuotes && line[count..].StartsWith("From "u8) ? count : -1;
    }

    // ctime has the month before the day; others write "27 Nov".
    private static bool TryDay(string first, string second, out int month, out int day)
    {
        month = Array.IndexOf(Months, first.ToLowerInvariant()) + 1;
        if (month > 0)
            return int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out day);
        month = Array.IndexOf(Months, second.ToLowerInvariant()) + 1;
        return int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out day) && month > 0;
    }

    // After the time: "2026", "+0100 2026", "CET 2026", "2026 +0100", "2026 remote from x".
    private static bool TryYear(ReadOnlySpan<string> rest, out int year, out TimeSpan zone)
    {
        (year, zone) = (0, TimeSpan.Zero);
        for (int i = 0; i < Math.Min(rest.Length, 3); i++)
        {
            string word = rest[i];
            if (word.Length == 4 && year == 0 && int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                year = number;
            else if (word.Length == 5 && word[0] is '+' or '-' && int.TryParse(word.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int offset))
                zone = new TimeSpan(offset / 100, offset % 100, 0) * (word[0] == '-' ? -1 : 1);
        }
        return year > 0;
    }

    private static bool TryMake(int year, int month, int day, TimeOnly time, TimeSpan zone, out DateTimeOffset date)
    {
        date = default;
        if (year < 1 || day < 1 || day > DateTime.DaysInMonth(year, month) || zone.Duration() > TimeSpan.FromHours(14))
            return false;
        var local = new DateTime(year, month, day, time.Hour, time.Minute, time.Second, DateTimeKind.Unspecified);
        if (local.Ticks - zone.Ticks is < 0 or > 3155378975999999999)
            return false;
        date = new DateTimeOffset(local, zone).ToUniversalTime();
        return true;
    }
}
