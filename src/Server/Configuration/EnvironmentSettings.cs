using System.Globalization;

namespace UnifiedMsg.Server.Configuration;

/// <summary>
/// Lays environment variables over the file: <c>UNIFIEDMSG__LISTEN__IMAP__0</c> is <c>listen.imap[0]</c>. A list may also be
/// given whole: <c>UNIFIEDMSG__DOMAINS=a.test,b.test</c>.
/// </summary>
internal sealed class EnvironmentSettings(List<ConfigurationError> errors)
{
    /// <summary>What every variable of ours starts with. UNIFIEDMSG_CONFIG, with one underline, is not one of them.</summary>
    public const string Prefix = "UNIFIEDMSG__";

    // Items must come without a gap; this only keeps a slip of the finger from being taken for a long list.
    private const int MaxItems = 1000;

    /// <summary>Puts the variables into the settings.</summary>
    public void Overlay(SettingMap root, IReadOnlyDictionary<string, string> environment)
    {
        // In this order IMAP__2 comes before IMAP__10 is looked at, so that gaps can be told.
        var variables = environment
            .Where(variable => variable.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            .OrderBy(variable => variable.Key.Length).ThenBy(variable => variable.Key, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in variables)
            Set(root, new Origin(name, 0, 0), name[Prefix.Length..].Split("__"), value);
    }

    private void Set(SettingMap root, Origin origin, string[] segments, string value)
    {
        var (type, map) = (typeof(ServerOptions), root);
        for (var at = 0; at < segments.Length; at++)
        {
            var options = OptionProperty.Of(type);
            var option = options.FirstOrDefault(each => each.Key.Equals(segments[at], StringComparison.OrdinalIgnoreCase));
            if (option is null)
            {
                Refuse(origin, $"no such option: {segments[at]}{NearestName.Hint(segments[at].ToLowerInvariant(), options.Select(each => each.Key))}");
                return;
            }
            if (option.IsSectionList)
            {
                if (at + 2 >= segments.Length || FindItem(map, option, origin, segments[at + 1]) is not { } item)
                {
                    Refuse(origin, $"the parts after {option.Key} have to be the number of an item, from 0, and a key of it");
                    return;
                }
                (type, map, at) = (option.ElementType!, item, at + 1);
                continue;
            }
            if (!option.IsSection)
            {
                SetValue(map, option, origin, segments[(at + 1)..], value);
                return;
            }
            type = option.Property.PropertyType;
            if (map.Find(option.Key) is not SettingMap section)
                map.Set(option.Key, section = new SettingMap(origin));
            map = section;
        }
        Refuse(origin, "names a section, not an option; add __ and the name of an option");
    }

    // Items may come in any order, since their keys are of different lengths.
    private static SettingMap? FindItem(SettingMap map, OptionProperty option, Origin origin, string number)
    {
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= MaxItems)
            return null;
        if (map.Find(option.Key) is not SettingList list)
            map.Set(option.Key, list = new SettingList(origin));
        while (list.Items.Count <= index)
            list.Items.Add(new SettingMap(origin));
        return list.Items[index] as SettingMap;
    }

    private void SetValue(SettingMap map, OptionProperty option, Origin origin, string[] rest, string value)
    {
        if (rest.Length == 0)
            map.Set(option.Key, option.ElementType is null ? new SettingScalar(origin, value) : WholeList(origin, value));
        else if (option.ElementType is null || rest.Length > 1)
            Refuse(origin, $"has more parts than the option {option.Key}");
        else if (!int.TryParse(rest[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= MaxItems)
            Refuse(origin, $"the part after {option.Key} has to be the number of an item, from 0");
        else
            SetItem(map, option, origin, index, value);
    }

    private void SetItem(SettingMap map, OptionProperty option, Origin origin, int index, string value)
    {
        if (map.Find(option.Key) is not SettingList list)
            map.Set(option.Key, list = new SettingList(origin));
        if (index > list.Items.Count)
            Refuse(origin, $"leaves a gap: {option.Key} has {list.Items.Count} items, so the next one is {list.Items.Count}");
        else if (index == list.Items.Count)
            list.Items.Add(new SettingScalar(origin, value));
        else
            list.Items[index] = new SettingScalar(origin, value);
    }

    private SettingNode WholeList(Origin origin, string value)
    {
        var list = new SettingList(origin);
        var inner = value.Trim();
        if (inner.StartsWith('[') && inner.EndsWith(']'))
            inner = inner[1..^1];
        foreach (var item in inner.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            list.Items.Add(new SettingScalar(origin, item.Trim('"', '\'')));
        return list;
    }

    private void Refuse(Origin origin, string message) => errors.Add(new ConfigurationError(origin, "", message));
}
