using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace UnifiedMsg.Server.Configuration;

/// <summary>Reads YAML into settings that know where they were written. One document, no aliases, no tags, nothing deep.</summary>
internal sealed class YamlSettings(string source, List<ConfigurationError> errors)
{
    // The schema is three levels deep; what is deeper is a mistake or an attack on the stack.
    private const int MaxDepth = 16;

    /// <summary>The top of the document; an empty document is an empty map. Null when it is no YAML at all.</summary>
    public SettingMap? Read(string text)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
                return new SettingMap(new Origin(source, 1, 1));
            var node = ReadNode(parser, 0);
            parser.Consume<DocumentEnd>();
            if (parser.TryConsume<DocumentStart>(out var second))
                errors.Add(new ConfigurationError(At(second.Start), "", "a second document starts here; the configuration is one document"));
            return node switch
            {
                SettingMap map => map,
                SettingScalar { IsNull: true } => new SettingMap(node.Origin),
                _ => Refuse(node.Origin, "is not a set of keys; write KEY: VALUE lines, see `unifiedmsg config docs`"),
            };
        }
        catch (YamlException exception)
        {
            return Refuse(At(exception.Start), $"is not valid YAML: {exception.Message}");
        }
    }

    private SettingMap? Refuse(Origin origin, string message)
    {
        errors.Add(new ConfigurationError(origin, "", message));
        return null;
    }

    private SettingNode ReadNode(Parser parser, int depth)
    {
        if (depth > MaxDepth)
            throw new YamlException(parser.Current!.Start, parser.Current.End, $"nested more than {MaxDepth} deep");
        if (parser.TryConsume<Scalar>(out var scalar))
            return ReadScalar(scalar);
        if (parser.TryConsume<SequenceStart>(out var sequence))
        {
            var list = new SettingList(At(sequence.Start));
            while (!parser.TryConsume<SequenceEnd>(out _))
                list.Items.Add(ReadNode(parser, depth + 1));
            return list;
        }
        if (parser.TryConsume<MappingStart>(out var mapping))
            return ReadMap(parser, mapping, depth);
        var at = parser.Current!;
        throw new YamlException(at.Start, at.End, "aliases (*name) are not taken here; write the value out");
    }

    private SettingMap ReadMap(Parser parser, MappingStart start, int depth)
    {
        var map = new SettingMap(At(start.Start));
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out var key))
                throw new YamlException(parser.Current!.Start, parser.Current.End, "a key has to be a single word");
            var value = ReadNode(parser, depth + 1);
            if (map.Find(key.Value) is { } earlier)
                errors.Add(new ConfigurationError(At(key.Start), key.Value, $"is there already, on line {earlier.Origin.Line}; keep one of them"));
            else
                map.Entries.Add((key.Value, At(key.Start), value));
        }
        return map;
    }

    // YAML 1.2 §10.3.2: an empty plain scalar, ~ and null mean that there is no value.
    private SettingScalar ReadScalar(Scalar scalar) =>
        new(At(scalar.Start), scalar.Value, scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null");

    private Origin At(Mark mark) => new(source, mark.Line, mark.Column);
}
