using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace UnifiedMsg.Voicemail.DialPlans;

/// <summary>A time of the week such as <c>mon-fri 08:00-18:00</c>, <c>sat,sun</c> or <c>22:00-06:00</c>, in the plan's time zone.</summary>
public sealed class TimeWindow
{
    private static readonly string[] DayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly bool[] _days;
    private readonly TimeOnly _from;
    private readonly TimeOnly _to;

    private TimeWindow(string text, bool[] days, TimeOnly from, TimeOnly to)
    {
        Text = text;
        _days = days;
        _from = from;
        _to = to;
    }

    /// <summary>The window as written.</summary>
    public string Text { get; }

    /// <summary>Whether the local time lies in the window. A window that ends before it begins runs past midnight and belongs to the day
    /// on which it began; equal ends mean the whole day.</summary>
    public bool Contains(DateTime local)
    {
        var time = TimeOnly.FromDateTime(local);
        var day = (int)local.DayOfWeek;
        if (_from == _to) return _days[day];
        if (_from < _to) return _days[day] && time >= _from && time < _to;
        return (_days[day] && time >= _from) || (_days[(day + 6) % 7] && time < _to);
    }

    /// <summary>Reads a window, or says what is wrong with it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TimeWindow? window, [NotNullWhen(false)] out string? error)
    {
        window = null;
        var days = new bool[7];
        var (from, to) = (TimeOnly.MinValue, TimeOnly.MinValue);
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is 0 or > 2) return Fail(out error);
        var hours = words[^1].Contains(':') ? words[^1] : null;
        if (words.Length == 2 && hours is null) return Fail(out error);
        if (hours is not null && !TryParseHours(hours, out from, out to)) return Fail(out error);
        if (words.Length == 1 && hours is not null) Array.Fill(days, true);
        else if (!TryParseDays(words[0], days)) return Fail(out error);
        window = new TimeWindow(text, days, from, to);
        error = null;
        return true;
    }

    private static bool Fail(out string error)
    {
        error = "a time is written as in 'mon-fri 08:00-18:00', 'sat,sun' or '22:00-06:00'";
        return false;
    }

    private static bool TryParseHours(string text, out TimeOnly from, out TimeOnly to)
    {
        (from, to) = (default, default);
        var ends = text.Split('-');
        return ends.Length == 2 && TryParseTime(ends[0], out from) && TryParseTime(ends[1], out to);
    }

    private static bool TryParseTime(string text, out TimeOnly time)
    {
        // 24:00 is how people write the end of a day.
        if (text == "24:00")
        {
            time = TimeOnly.MinValue;
            return true;
        }

        return TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }

    private static bool TryParseDays(string text, bool[] days)
    {
        foreach (var part in text.ToLowerInvariant().Split(','))
        {
            var ends = part.Split('-');
            var first = Array.IndexOf(DayNames, ends[0]);
            var last = ends.Length == 2 ? Array.IndexOf(DayNames, ends[1]) : first;
            if (first < 0 || last < 0 || ends.Length > 2) return false;
            for (var day = first; ; day = (day + 1) % 7)
            {
                days[day] = true;
                if (day == last) break;
            }
        }

        return true;
    }
}
