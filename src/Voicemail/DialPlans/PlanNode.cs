using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace UnifiedMsg.Voicemail.DialPlans;

/// <summary>A mapping of a plan file, read key by key; whatever is wrong is reported at its line and column, and reading goes on.</summary>
internal sealed class PlanNode(string file, YamlMappingNode node, List<DialPlanProblem> problems)
{
    /// <summary>Reports keys outside <paramref name="known"/>, with the nearest known one.</summary>
    public void Allow(IReadOnlyList<string> known)
    {
        foreach (var key in node.Children.Keys)
        {
            var name = (key as YamlScalarNode)?.Value ?? "";
            if (known.Contains(name)) continue;
            var nearest = known.MinBy(k => Distance(k, name))!;
            var hint = Distance(nearest, name) <= 3 ? $"did you mean '{nearest}'?" : $"write one of: {string.Join(", ", known)}";
            Report(key, $"unknown key '{name}'; {hint}");
        }
    }

    /// <summary>Where the mapping, or one of its keys, begins.</summary>
    public Mark Start(string? key = null) => key is null ? node.Start : Find(key)?.Start ?? node.Start;

    /// <summary>Whether the key is there.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>Reports a problem at a key's value, or at the mapping.</summary>
    public void Report(string? key, string message) => Report(key is null ? node : Find(key) ?? node, message);

    /// <summary>A text, or null when the key is absent.</summary>
    public string? Text(string key)
    {
        var value = Find(key);
        if (value is null) return null;
        if (value is YamlScalarNode { Value.Length: > 0 } scalar) return scalar.Value;
        Report(value, $"'{key}' takes a text");
        return null;
    }

    /// <summary>One text or a list of them, each turned into a value by <paramref name="read"/>, which returns an error or null.</summary>
    public List<T> Values<T>(string key, Func<string, (T? Value, string? Error)> read)
    {
        var result = new List<T>();
        var value = Find(key);
        if (value is null) return result;
        foreach (var child in value is YamlSequenceNode list ? list.Children : [value])
        {
            if (child is not YamlScalarNode { Value.Length: > 0 } scalar)
            {
                Report(child, $"'{key}' takes a text or a list of texts");
                continue;
            }

            var (item, error) = read(scalar.Value);
            if (error is null) result.Add(item!);
            else Report(child, $"'{key}': {error}");
        }

        return result;
    }

    /// <summary>The mappings of a list.</summary>
    public IEnumerable<PlanNode> Mappings(string key)
    {
        var value = Find(key);
        if (value is null) yield break;
        if (value is not YamlSequenceNode list)
        {
            Report(value, $"'{key}' takes a list, each entry beginning with '- '");
            yield break;
        }

        foreach (var child in list.Children)
        {
            if (child is YamlMappingNode mapping) yield return new PlanNode(file, mapping, problems);
            else Report(child, $"an entry of '{key}' has keys and values");
        }
    }

    /// <summary>A yes or no.</summary>
    public bool Flag(string key, bool otherwise)
    {
        var text = Text(key);
        if (text is null) return otherwise;
        if (bool.TryParse(text, out var flag)) return flag;
        Report(key, $"'{key}' takes true or false, not '{text}'");
        return otherwise;
    }

    /// <summary>A length of time such as <c>8s</c>, <c>5m</c> or <c>500ms</c>, within the limits.</summary>
    public TimeSpan Duration(string key, TimeSpan otherwise, TimeSpan least, TimeSpan most)
    {
        var text = Text(key);
        if (text is null) return otherwise;
        if (TryReadDuration(text, out var value) && value >= least && value <= most) return value;
        Report(key, $"'{key}' takes a length of time from {Write(least)} to {Write(most)}, as in 8s, 5m or 500ms, not '{text}'");
        return otherwise;
    }

    private static bool TryReadDuration(string text, out TimeSpan value)
    {
        value = default;
        var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        if (!double.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
        double? seconds = text[digits..] switch { "ms" => number / 1000, "s" => number, "m" => number * 60, "h" => number * 3600, _ => null };
        if (seconds is null or > 1e6) return false;
        value = TimeSpan.FromSeconds(seconds.Value);
        return true;
    }

    private static string Write(TimeSpan value) =>
        value.TotalSeconds >= 60 ? $"{value.TotalMinutes}m" : $"{value.TotalSeconds}s";

    private YamlNode? Find(string key) => node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;

    private void Report(YamlNode at, string message) => problems.Add(new DialPlanProblem(file, at.Start.Line, at.Start.Column, message));

    // Levenshtein's distance, for "did you mean".
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
