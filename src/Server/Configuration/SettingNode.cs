namespace UnifiedMsg.Server.Configuration;

/// <summary>Where a setting was written.</summary>
/// <param name="Source">The file, or the environment variable.</param>
/// <param name="Line">The line, from 1; 0 when the source has no lines.</param>
/// <param name="Column">The column, from 1.</param>
public readonly record struct Origin(string Source, long Line, long Column)
{
    /// <inheritdoc/>
    public override string ToString() => Line > 0 ? $"{Source}:{Line}:{Column}" : Source;
}

/// <summary>A piece of the configuration as it was written, before it has a type.</summary>
public abstract class SettingNode(Origin origin)
{
    /// <summary>Where it was written.</summary>
    public Origin Origin { get; } = origin;
}

/// <summary>A single value.</summary>
public sealed class SettingScalar(Origin origin, string text, bool isNull = false) : SettingNode(origin)
{
    /// <summary>The text without quotes.</summary>
    public string Text { get; } = text;

    /// <summary>Whether nothing stood there, or <c>null</c> or <c>~</c>.</summary>
    public bool IsNull { get; } = isNull;
}

/// <summary>A list.</summary>
public sealed class SettingList(Origin origin) : SettingNode(origin)
{
    /// <summary>The items in order.</summary>
    public List<SettingNode> Items { get; } = [];
}

/// <summary>A section: keys with values.</summary>
public sealed class SettingMap(Origin origin) : SettingNode(origin)
{
    /// <summary>The entries in order.</summary>
    public List<(string Key, Origin KeyOrigin, SettingNode Value)> Entries { get; } = [];

    /// <summary>The value of a key, or null.</summary>
    public SettingNode? Find(string key) => Entries.Find(entry => entry.Key == key).Value;

    /// <summary>Sets the value of a key, in the place of an earlier one.</summary>
    public void Set(string key, SettingNode value)
    {
        Entries.RemoveAll(entry => entry.Key == key);
        Entries.Add((key, value.Origin, value));
    }
}
