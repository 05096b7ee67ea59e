using System.Reflection;

namespace UnifiedMsg.Server.Configuration;

/// <summary>One option of a section: its key, its meaning and the property that holds it.</summary>
/// <param name="Key">The key in the file.</param>
/// <param name="Property">The property of the section's record.</param>
/// <param name="Option">What it means.</param>
public sealed record OptionProperty(string Key, PropertyInfo Property, OptionAttribute Option)
{
    /// <summary>The type of the items, when the option is a list.</summary>
    public Type? ElementType { get; } = Property.PropertyType.IsGenericType ? Property.PropertyType.GetGenericArguments()[0] : null;

    /// <summary>Whether it is a section with options of its own.</summary>
    public bool IsSection => Property.PropertyType.IsClass && Property.PropertyType.Name.EndsWith("Section", StringComparison.Ordinal);

    /// <summary>Whether it is a list of sections, each with options of its own.</summary>
    public bool IsSectionList => ElementType is { IsClass: true } type && type.Name.EndsWith("Section", StringComparison.Ordinal);

    /// <summary>How its value, or each item of its list, is written.</summary>
    public OptionType Type => OptionType.Of(ElementType ?? Property.PropertyType);

    /// <summary>What to write, with the range.</summary>
    public string Accepts => IsSectionList
        ? $"a section with keys out of {string.Join(", ", Of(ElementType!).Select(option => option.Key))}"
        : AcceptsOne;

    private string AcceptsOne => (Option.Minimum, Option.Maximum) switch
    {
        (null, null) => Type.Accepts,
        (var least, null) => $"{Type.Accepts}, at least {least}",
        (null, var most) => $"{Type.Accepts}, at most {most}",
        var (least, most) => $"{Type.Accepts}, from {least} to {most}",
    };

    /// <summary>The options of a section in the order in which they are declared.</summary>
    public static IReadOnlyList<OptionProperty> Of(Type section) =>
    [
        .. from property in section.GetProperties()
           let option = property.GetCustomAttribute<OptionAttribute>()
           where option is not null
           orderby property.MetadataToken
           select new OptionProperty(ToKey(property.Name), property, option),
    ];

    /// <summary>The value as it is written in the file.</summary>
    public string Format(object section)
    {
        var value = Property.GetValue(section)!;
        return ElementType is null
            ? Quote(Type.Format(value))
            : $"[{string.Join(", ", ((System.Collections.IEnumerable)value).Cast<object>().Select(FormatItem))}]";
    }

    private string FormatItem(object item) => IsSectionList
        ? $"{{ {string.Join(", ", Of(ElementType!).Select(option => $"{option.Key}: {option.Format(item)}"))} }}"
        : Quote(Type.Format(item));

    /// <summary>Whether a value is inside the range of the option.</summary>
    public bool InRange(object value) =>
        (Option.Minimum is null || ((IComparable)value).CompareTo(Type.Parse(Option.Minimum)) >= 0)
        && (Option.Maximum is null || ((IComparable)value).CompareTo(Type.Parse(Option.Maximum)) <= 0);

    internal static string ToKey(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    // YAML 1.2 §7.3: what could be taken for something else than plain text is put in quotes.
    private static string Quote(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '/' or '_') ? text : $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";
}
