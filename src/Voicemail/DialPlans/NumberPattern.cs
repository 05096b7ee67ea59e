using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace UnifiedMsg.Voicemail.DialPlans;

/// <summary>
/// A pattern for numbers as administrators write it: <c>X</c> is any digit, <c>Z</c> 1 to 9, <c>N</c> 2 to 9, <c>[2-5]</c> one of a set,
/// a final <c>.</c> one or more of anything, <c>{extension}</c> a run of digits under that name, <c>{extension:2XXX}</c> what the pattern
/// inside matches under that name; everything else stands for itself.
/// </summary>
public sealed class NumberPattern
{
    /// <summary>Longer patterns are mistakes: E.164 numbers have at most 15 digits.</summary>
    public const int MaxLength = 100;

    private readonly Regex _regex;

    private NumberPattern(string text, Regex regex, IReadOnlyList<string> captures)
    {
        Text = text;
        _regex = regex;
        Captures = captures;
    }

    /// <summary>The pattern as written.</summary>
    public string Text { get; }

    /// <summary>The names captured.</summary>
    public IReadOnlyList<string> Captures { get; }

    /// <summary>Reads a pattern, or says what is wrong with it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out NumberPattern? pattern, [NotNullWhen(false)] out string? error)
    {
        pattern = null;
        if (text.Length is 0 or > MaxLength)
        {
            error = $"a number pattern has 1 to {MaxLength} characters";
            return false;
        }

        var regex = new StringBuilder("^");
        var captures = new List<string>();
        var position = 0;
        while (position < text.Length)
        {
            error = text[position] == '{'
                ? AppendCapture(text, ref position, regex, captures)
                : AppendElement(text, ref position, text.Length, regex);
            if (error is not null) return false;
        }

        // NonBacktracking: a pattern from a file can't be made to take exponential time by a hostile number.
        pattern = new NumberPattern(text, new Regex(regex.Append('$').ToString(), RegexOptions.NonBacktracking), captures);
        error = null;
        return true;
    }

    /// <summary>Whether the whole number matches; its captures are added to <paramref name="values"/>.</summary>
    public bool Matches(string number, IDictionary<string, string> values)
    {
        var match = _regex.Match(number);
        if (!match.Success) return false;
        foreach (var name in Captures) values[name] = match.Groups[name].Value;
        return true;
    }

    private static string? AppendCapture(string text, ref int position, StringBuilder regex, List<string> captures)
    {
        var end = text.IndexOf('}', position);
        if (end < 0) return "'{' without '}'";
        var colon = text.IndexOf(':', position, end - position);
        var name = text[(position + 1)..(colon < 0 ? end : colon)];
        if (name.Length == 0 || !name.All(char.IsAsciiLetterLower)) return $"'{{{name}}}': a name has small letters only";
        if (captures.Contains(name)) return $"'{{{name}}}' stands twice";
        captures.Add(name);
        regex.Append("(?<").Append(name).Append('>');
        if (colon < 0)
        {
            regex.Append("[0-9]+");
        }
        else
        {
            var inner = colon + 1;
            if (inner == end) return $"'{{{name}:}}' has an empty pattern";
            while (inner < end)
            {
                if (AppendElement(text, ref inner, end, regex) is { } error) return error;
            }
        }

        regex.Append(')');
        position = end + 1;
        return null;
    }

    private static string? AppendElement(string text, ref int position, int end, StringBuilder regex)
    {
        var character = text[position++];
        switch (character)
        {
            case 'X':
                regex.Append("[0-9]");
                return null;
            case 'Z':
                regex.Append("[1-9]");
                return null;
            case 'N':
                regex.Append("[2-9]");
                return null;
            case '.' when position == end:
                regex.Append(".+");
                return null;
            case '.':
                return "'.' can only stand at the end";
            case '[':
                return AppendSet(text, ref position, end, regex);
            default:
                if (!char.IsAsciiLetterOrDigit(character) && "+*#-_".IndexOf(character, StringComparison.Ordinal) < 0)
                    return $"'{character}' can't stand in a number pattern";
                regex.Append(Regex.Escape(character.ToString()));
                return null;
        }
    }

    private static string? AppendSet(string text, ref int position, int end, StringBuilder regex)
    {
        var close = text.IndexOf(']', position, end - position);
        if (close <= position) return "'[' without digits and ']'";
        var set = text[position..close];
        if (!set.All(c => char.IsAsciiDigit(c) || c == '-') || set[0] == '-' || set[^1] == '-') return $"'[{set}]' may hold digits and ranges only, as in [2-5]";
        if (DescendingRange(set)) return $"'[{set}]' has a range that goes down";
        regex.Append('[').Append(set).Append(']');
        position = close + 1;
        return null;
    }

    private static bool DescendingRange(string set)
    {
        for (var dash = set.IndexOf('-'); dash > 0; dash = set.IndexOf('-', dash + 1))
        {
            if (set[dash - 1] > set[dash + 1] || set[dash + 1] == '-') return true;
        }

        return false;
    }
}
