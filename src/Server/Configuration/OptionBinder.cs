using System.Collections;

namespace UnifiedMsg.Server.Configuration;

/// <summary>Turns settings into typed options and collects everything that doesn't fit.</summary>
/// <param name="folder">The folder that relative paths start from.</param>
/// <param name="errors">Where complaints go.</param>
internal sealed class OptionBinder(string folder, List<ConfigurationError> errors)
{
    private readonly Dictionary<string, Origin> _origins = [];

    /// <summary>Where an option was written, or the nearest section around it that was.</summary>
    public Origin OriginOf(string path)
    {
        Origin origin;
        while (!_origins.TryGetValue(path, out origin))
            path = path.LastIndexOf('.') is > 0 and var dot ? path[..dot] : "";
        return origin;
    }

    /// <summary>A section; what the settings leave out keeps its default.</summary>
    public object Bind(Type type, SettingMap settings, string path = "")
    {
        _origins[path] = settings.Origin;
        var section = Activator.CreateInstance(type)!;
        var options = OptionProperty.Of(type);
        foreach (var (key, keyOrigin, node) in settings.Entries)
        {
            var keyPath = path.Length == 0 ? key : $"{path}.{key}";
            var option = options.FirstOrDefault(each => each.Key == key);
            _origins[keyPath] = node.Origin;
            if (option is null)
                Refuse(keyOrigin, keyPath, $"no such option{Hint(key, options)}");
            else if (BindOption(option, node, keyPath) is { } value)
                option.Property.SetValue(section, value);
        }
        // A section that is left out still has paths to resolve.
        foreach (var option in options.Where(each => each.IsSection && settings.Find(each.Key) is not SettingMap))
            option.Property.SetValue(section, Bind(option.Property.PropertyType, new SettingMap(settings.Origin), path.Length == 0 ? option.Key : $"{path}.{option.Key}"));
        ResolvePaths(section, options);
        return section;
    }

    private object? BindOption(OptionProperty option, SettingNode node, string path)
    {
        if (option.IsSection)
        {
            return node switch
            {
                SettingMap map => Bind(option.Property.PropertyType, map, path),
                // A section whose every line is commented out.
                SettingScalar { IsNull: true } => null,
                _ => Refuse(node.Origin, path, $"is a section; write keys below it: {string.Join(", ", OptionProperty.Of(option.Property.PropertyType).Select(each => each.Key))}"),
            };
        }
        if (option.ElementType is null)
            return BindScalar(option, node, path);
        return node switch
        {
            SettingList list => BindList(option, list, path),
            SettingScalar { IsNull: false } one when !option.IsSectionList => Refuse(node.Origin, path, $"is a list; write [\"{one.Text}\"]"),
            _ => Refuse(node.Origin, path, $"is a list; write [] for none, or items, each {option.Accepts}"),
        };
    }

    private IList? BindList(OptionProperty option, SettingList list, string path)
    {
        var values = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(option.ElementType!))!;
        for (var i = 0; i < list.Items.Count; i++)
        {
            _origins[$"{path}[{i}]"] = list.Items[i].Origin;
            if (BindItem(option, list.Items[i], $"{path}[{i}]") is { } value)
                values.Add(value);
        }
        return values;
    }

    private object? BindItem(OptionProperty option, SettingNode node, string path) => (option.IsSectionList, node) switch
    {
        (false, _) => BindScalar(option, node, path),
        (true, SettingMap map) => Bind(option.ElementType!, map, path),
        _ => Refuse(node.Origin, path, $"can't be a single value; write {option.Accepts}"),
    };

    private object? BindScalar(OptionProperty option, SettingNode node, string path)
    {
        if (node is not SettingScalar scalar)
            return Refuse(node.Origin, path, $"is a single value; write {option.Accepts}");
        if (scalar.IsNull)
            return Refuse(node.Origin, path, $"has no value; write {option.Accepts}, or leave the key out");
        var value = option.Type.Parse(scalar.Text);
        if (value is null || !option.InRange(value))
            return Refuse(node.Origin, path, $"\"{scalar.Text}\" can't be; write {option.Accepts}");
        return value;
    }

    private void ResolvePaths(object section, IReadOnlyList<OptionProperty> options)
    {
        foreach (var option in options.Where(each => each.Option.IsPath))
        {
            if (option.Property.GetValue(section) is IReadOnlyList<string> paths)
                option.Property.SetValue(section, paths.Select(path => Path.GetFullPath(path, folder)).ToList());
            else if (option.Property.GetValue(section) is string { Length: > 0 } path)
                option.Property.SetValue(section, Path.GetFullPath(path, folder));
        }
    }

    // The right word in the wrong place is the commonest mistake: `imap` outside of `listen`.
    private static string Hint(string key, IReadOnlyList<OptionProperty> here)
    {
        var elsewhere = Paths(typeof(ServerOptions), "").FirstOrDefault(path => path.EndsWith($".{key}", StringComparison.OrdinalIgnoreCase));
        return elsewhere is not null && !here.Any(option => option.Key.Equals(key, StringComparison.OrdinalIgnoreCase))
            ? $"; did you mean {elsewhere}?"
            : NearestName.Hint(key, here.Select(option => option.Key));
    }

    private static IEnumerable<string> Paths(Type section, string prefix) =>
        OptionProperty.Of(section).SelectMany(option => option.IsSection
            ? Paths(option.Property.PropertyType, $"{prefix}{option.Key}.")
            : option.IsSectionList ? Paths(option.ElementType!, $"{prefix}{option.Key}[].")
            : [$"{prefix}{option.Key}"]);

    private object? Refuse(Origin origin, string path, string message)
    {
        errors.Add(new ConfigurationError(origin, path, message));
        return null;
    }
}
