using System.Globalization;

namespace UnifiedMsg.Server.Configuration;

/// <summary>The notation of durations: a whole number and a unit, <c>500ms</c>, <c>60s</c>, <c>5m</c>, <c>1h</c>, <c>5d</c>.</summary>
public static class Duration
{
    private static readonly (string Suffix, TimeSpan Unit)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("d", TimeSpan.FromDays(1)),
        ("h", TimeSpan.FromHours(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("s", TimeSpan.FromSeconds(1)),
    ];

    /// <summary>Reads the notation; a bare <c>0</c> needs no unit. False when it is no duration or over 10,000 days.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        if (text == "0")
            return true;
        if (text is null)
            return false;
        foreach (var (suffix, unit) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal))
                continue;
            if (!int.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || number * unit.TotalDays > 10_000)
                return false;
            duration = number * unit;
            return true;
        }
        return false;
    }

    /// <summary>Writes it in the largest unit that leaves a whole number.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0";
        var (suffix, unit) = Units
            .Where(each => duration.Ticks % each.Unit.Ticks == 0)
            .MaxBy(each => each.Unit);
        return (duration.Ticks / unit.Ticks).ToString(CultureInfo.InvariantCulture) + suffix;
    }
}
