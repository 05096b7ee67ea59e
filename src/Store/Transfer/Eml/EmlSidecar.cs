using System.Text.Json;
using System.Text.Json.Serialization;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Transfer.Eml;

/// <summary>What an .eml file can't say, one object a line.</summary>
/// <param name="File">The name of the file.</param>
/// <param name="Date">The internal date.</param>
/// <param name="Flags">System flags.</param>
/// <param name="Keywords">User-defined flags.</param>
/// <param name="Size">Octets of the file: where they are others, somebody changed it.</param>
/// <param name="Seal">What vouches for the kind, or null.</param>
internal sealed record EmlEntry(string File, DateTimeOffset Date, ItemFlags Flags, IReadOnlyList<string> Keywords, long Size, string? Seal)
{
    /// <summary>Whether both say the same.</summary>
    public bool IsSame(EmlEntry other) => this == other with { Keywords = Keywords } && Keywords.SequenceEqual(other.Keywords);
}

/// <summary>The file beside the .eml files of a folder.</summary>
internal static class EmlSidecar
{
    public const string FileName = "unifiedmsg-items.jsonl";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>What the file of a folder says; the last line about a file counts.</summary>
    public static Dictionary<string, EmlEntry> Read(string folder)
    {
        var entries = new Dictionary<string, EmlEntry>();
        using FileStream? stream = SourceFiles.TryOpen(Path.Combine(folder, FileName), out _);
        if (stream is null)
            return entries;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            try
            {
                if (line.Length > 0 && JsonSerializer.Deserialize<EmlEntry>(line, Options) is { File: not null, Keywords: not null } entry)
                    entries[entry.File] = entry;
            }
            catch (JsonException)
            {
                // A line that a crash cut off; its message is written again.
            }
        }
        return entries;
    }

    /// <summary>Opens the file for more lines.</summary>
    public static FileStream Open(string folder)
    {
        string file = Path.Combine(folder, FileName);
        if (new FileInfo(file).LinkTarget is not null)
            throw new TransferException($"{file} is a link; nothing is written there");
        FileStream stream = PrivateFiles.Open(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 64 << 10);
        if (stream.Seek(0, SeekOrigin.End) > 0)
            stream.WriteByte((byte)'\n');
        return stream;
    }

    /// <summary>Writes a line.</summary>
    public static void Append(FileStream stream, EmlEntry entry)
    {
        JsonSerializer.Serialize(stream, entry, Options);
        stream.WriteByte((byte)'\n');
    }
}
