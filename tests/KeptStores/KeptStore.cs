using System.Formats.Tar;
using System.IO.Compression;
using Npgsql;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.KeptStores;

/// <summary>A store as a program of its time left it, and what that program told of it.</summary>
/// <param name="Engine">The engine.</param>
/// <param name="Version">The version of the schema of the component <c>store</c>.</param>
public sealed record KeptStore(Engine Engine, int Version)
{
    /// <summary>How the next one is written.</summary>
    public const string Command = "dotnet run --project tests/KeptStores";

    /// <summary>The dump of a PostgreSQL database, beside the data folder's files.</summary>
    internal const string DumpFile = "dump.sql";

    private const string Packed = ".tar.gz";
    private const string Told = ".json";

    private string Name => $"{Engine.ToString().ToLowerInvariant()}-{Version}";

    /// <summary>All of an engine, the oldest first.</summary>
    public static IReadOnlyList<KeptStore> All(Engine engine)
    {
        string prefix = engine.ToString().ToLowerInvariant() + "-";
        return
        [
            .. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Stores"), prefix + "*" + Packed)
                .Select(file => new KeptStore(engine, int.Parse(Path.GetFileName(file)[prefix.Length..^Packed.Length])))
                .OrderBy(store => store.Version),
        ];
    }

    /// <summary>What the program told.</summary>
    public async Task<Manifest> ReadManifestAsync() => Manifest.Parse(await File.ReadAllTextAsync(FileIn(Path.Combine(AppContext.BaseDirectory, "Stores"), Told)));

    /// <summary>Puts the files into a data folder, and the tables into a database if they are in one.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="connection">How the empty database is reached; of no meaning for SQLite.</param>
    public async Task UnpackAsync(string folder, string connection = "")
    {
        await using FileStream file = File.OpenRead(FileIn(Path.Combine(AppContext.BaseDirectory, "Stores"), Packed));
        await using var plain = new GZipStream(file, CompressionMode.Decompress);
        await TarFile.ExtractToDirectoryAsync(plain, folder, overwriteFiles: false);
        if (Engine == Engine.Sqlite)
            return;
        string dump = Path.Combine(folder, DumpFile);
        // It sets the connection up for itself, so nobody else may get it afterwards.
        await using (var target = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connection) { Pooling = false }.ConnectionString))
        {
            await target.OpenAsync();
            await using var command = new NpgsqlCommand(await File.ReadAllTextAsync(dump), target);
            await command.ExecuteNonQueryAsync();
        }
        File.Delete(dump);
    }

    internal async Task WriteAsync(string stores, string folder, Manifest manifest)
    {
        await using (FileStream file = File.Create(FileIn(stores, Packed)))
        await using (var packed = new GZipStream(file, CompressionLevel.SmallestSize))
            await TarFile.CreateFromDirectoryAsync(folder, packed, includeBaseDirectory: false);
        await File.WriteAllTextAsync(FileIn(stores, Told), manifest.ToString());
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private string FileIn(string stores, string ending) => Path.Combine(stores, Name + ending);
}
