using System.Text.Json;
using System.Text.Json.Serialization;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Transfer;

/// <summary>A folder in an export.</summary>
/// <param name="Path">Its path in the mailbox.</param>
/// <param name="Place">Where it is in the export, with <c>/</c>.</param>
/// <param name="SpecialUse">RFC 6154.</param>
/// <param name="Subscribed">RFC 9051 §6.3.7.</param>
/// <param name="UidValidity">Of the folder, so that another of the same name is not taken for it.</param>
/// <param name="ModSeq">The last change that the export has; 0 while it is being written.</param>
public sealed record ExportedFolder(string Path, string Place, SpecialUse SpecialUse, bool Subscribed, uint UidValidity, long ModSeq);

/// <summary>The file at the top of an export that says what is in it: one object a line, the first about the whole, the others about folders, of which
/// the last one about a folder counts.</summary>
internal sealed class ExportManifest
{
    public const string FileName = "unifiedmsg-export.jsonl";

    // Folders of one account, a thousand octets each, and some of them twice.
    private const int MaxOctets = 64 << 20;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly string _file;
    private readonly Dictionary<string, ExportedFolder> _folders = [];

    private ExportManifest(string file, string format, string account) => (_file, Format, Account) = (file, format, account);

    /// <summary><c>mbox</c>, <c>maildir</c> or <c>eml</c>.</summary>
    public string Format { get; }

    /// <summary>Whose mailbox it is.</summary>
    public string Account { get; }

    /// <summary>The folders by path.</summary>
    public IReadOnlyDictionary<string, ExportedFolder> Folders => _folders;

    /// <summary>The manifest of a folder, or null when there is none that can be read.</summary>
    public static ExportManifest? Find(string root)
    {
        string file = Path.Combine(root, FileName);
        using FileStream? stream = SourceFiles.TryOpen(file, out _);
        if (stream is null || stream.Length > MaxOctets)
            return null;
        using var reader = new StreamReader(stream);
        if (Read<Head>(reader.ReadLine()) is not { Format: { } format, Account: { } account })
            return null;
        var manifest = new ExportManifest(file, format, account);
        while (reader.ReadLine() is { } line)
        {
            // The last line may be half written.
            if (Read<ExportedFolder>(line) is { Path: not null, Place: not null } folder)
                manifest._folders[folder.Path] = folder;
        }
        return manifest;
    }

    /// <summary>Begins one in an empty folder.</summary>
    public static ExportManifest Create(string root, string format, string account)
    {
        var manifest = new ExportManifest(Path.Combine(root, FileName), format, account);
        manifest.Append(new Head(format, account));
        PrivateFiles.SyncDirectory(root);
        return manifest;
    }

    /// <summary>Says of a folder where it is and how far it is written; durable on return.</summary>
    public void Set(ExportedFolder folder)
    {
        _folders[folder.Path] = folder;
        Append(folder);
    }

    private void Append<T>(T line)
    {
        using FileStream stream = PrivateFiles.Open(_file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        stream.Seek(0, SeekOrigin.End);
        // A line that a crash cut off must not swallow this one.
        byte[] octets = [(byte)'\n', .. JsonSerializer.SerializeToUtf8Bytes(line, Options), (byte)'\n'];
        stream.Write(stream.Length == 0 ? octets.AsSpan(1) : octets);
        stream.Flush(flushToDisk: true);
    }

    private static T? Read<T>(string? line) where T : class
    {
        try
        {
            return string.IsNullOrWhiteSpace(line) ? null : JsonSerializer.Deserialize<T>(line, Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Head(string Format, string Account);
}
