using System.Text;

namespace UnifiedMsg.Server.Configuration;

/// <summary>Writes the options with their documentation: the annotated file of `init` and the pages of `config docs`.</summary>
public static class ConfigurationText
{
    private const int Width = 100;

    /// <summary>
    /// A whole annotated file for <paramref name="options"/>. What is essential or differs from its default stands there as it
    /// is; the rest is commented out at its default, so that a later version may choose better ones.
    /// </summary>
    public static string Annotated(ServerOptions options)
    {
        var text = new StringBuilder();
        text.Append("# The configuration of UnifiedMsg. Every option with its meaning; what is commented out is at its default.\n");
        text.Append("# Any key can also be set by the environment: listen.imap[0] is UNIFIEDMSG__LISTEN__IMAP__0.\n");
        WriteSection(text, options, new ServerOptions(), indent: "");
        return text.ToString();
    }

    /// <summary>Every option: its key, type, default and meaning.</summary>
    public static IReadOnlyList<OptionDocumentation> Document() => [.. Document(new ServerOptions(), "")];

    private static void WriteSection(StringBuilder text, object section, object defaults, string indent)
    {
        foreach (var option in OptionProperty.Of(section.GetType()))
        {
            if (indent.Length == 0)
                text.Append('\n');
            WriteComment(text, indent, option);
            if (option.IsSection)
            {
                text.Append($"{indent}{option.Key}:\n");
                WriteSection(text, option.Property.GetValue(section)!, option.Property.GetValue(defaults)!, indent + "  ");
                continue;
            }
            var value = option.Format(section);
            var active = option.Option.Essential || value != option.Format(defaults);
            text.Append($"{indent}{(active ? "" : "# ")}{option.Key}: {value}\n");
        }
    }

    private static void WriteComment(StringBuilder text, string indent, OptionProperty option)
    {
        var words = new StringBuilder(option.Option.Text);
        if (!option.IsSection && (option.IsSectionList || option.Type.Name != "text"))
            words.Append($" ({(option.ElementType is null ? "" : "list, each ")}{option.Accepts})");
        if (option.Option.Example is { } example)
            words.Append($" Example: {example}");
        var line = new StringBuilder();
        foreach (var word in words.ToString().Split(' '))
        {
            if (line.Length > 0 && indent.Length + line.Length + word.Length + 3 > Width)
            {
                text.Append($"{indent}#{line}\n");
                line.Clear();
            }
            line.Append(' ').Append(word);
        }
        text.Append($"{indent}#{line}\n");
    }

    private static IEnumerable<OptionDocumentation> Document(object defaults, string prefix)
    {
        foreach (var option in OptionProperty.Of(defaults.GetType()))
        {
            var path = prefix + option.Key;
            if (option.IsSectionList)
            {
                foreach (var inner in Document(Activator.CreateInstance(option.ElementType!)!, path + "[0]."))
                    yield return inner;
            }
            else if (option.IsSection)
            {
                foreach (var inner in Document(option.Property.GetValue(defaults)!, path + "."))
                    yield return inner;
            }
            else
            {
                yield return new OptionDocumentation(
                    path,
                    EnvironmentSettings.Prefix + path.Replace("[0]", "__0").Replace(".", "__").ToUpperInvariant() + (option.ElementType is null ? "" : "__0"),
                    option.ElementType is null ? option.Type.Name : $"list of {option.Type.Name}",
                    option.Format(defaults),
                    option.Accepts,
                    option.Option.Text,
                    option.Option.Example);
            }
        }
    }
}

/// <summary>What there is to know about an option.</summary>
/// <param name="Key">The key, with the sections around it.</param>
/// <param name="Variable">The environment variable that sets it (its first item, for a list).</param>
/// <param name="Type">The kind of value.</param>
/// <param name="Default">The default as it would be written.</param>
/// <param name="Accepts">What may be written.</param>
/// <param name="Meaning">What it does.</param>
/// <param name="Example">An example, or null.</param>
public sealed record OptionDocumentation(
    string Key, string Variable, string Type, string Default, string Accepts, string Meaning, string? Example);
