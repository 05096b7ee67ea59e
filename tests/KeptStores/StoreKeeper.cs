using Microsoft.Data.Sqlite;
using Npgsql;
using UnifiedMsg.TestEngines;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.KeptStores;

/// <summary>Has a build of the program write a store, asks it what is in it, and keeps both.</summary>
/// <param name="program"><c>unifiedmsg.dll</c> of the build.</param>
/// <param name="stores">Where kept stores are.</param>
internal sealed class StoreKeeper(string program, string stores)
{
    private const string DatabaseFile = "unifiedmsg.db";
    private const string SelectVersions = "SELECT component, max(number) FROM schema_migrations GROUP BY component";

    // Made anew by every server, or of no use without the one that ran.
    private static readonly string[] NotKept = ["search.db*", "*.lock", "*.sock"];
    private static readonly string[] FoldersNotKept = ["spool", "work"];

    /// <summary>Keeps one of an engine; null when that build does not know the engine.</summary>
    public async Task<KeptStore?> KeepAsync(Engine engine)
    {
        string folder = Directory.CreateTempSubdirectory("um").FullName;
        await using DatabaseHome home = await DatabaseHome.CreateAsync(engine);
        try
        {
            IReadOnlyDictionary<string, string> environment = EnvironmentOf(home);
            var installed = new InstalledProgram(program, folder, environment);
            await new InstalledProgram(program, folder, new Dictionary<string, string>()).RunAsync("", "init", ".");
            if (engine != Engine.Sqlite && !(await installed.RunAsync("", "config", "docs")).Contains("postgresql", StringComparison.OrdinalIgnoreCase))
                return null;
            await Settlement.PrepareAsync(installed, folder);
            await using (ServerProcess server = await ServerProcess.StartAsync(folder, environment, program))
            {
                await new Settlement(installed, server, folder).FillAsync();
                await StopAsync(server);
            }
            Manifest manifest = await ReadAsync(installed, folder, environment);
            string data = Path.Combine(folder, "data");
            manifest = manifest with { Schemas = engine == Engine.Sqlite ? await PackSqliteAsync(Path.Combine(data, DatabaseFile)) : await DumpAsync(home, data) };
            foreach (string pattern in NotKept)
                Array.ForEach(Directory.GetFiles(data, pattern), File.Delete);
            foreach (string name in FoldersNotKept.Where(name => Directory.Exists(Path.Combine(data, name))))
                Directory.Delete(Path.Combine(data, name), recursive: true);
            var kept = new KeptStore(engine, manifest.Schemas["store"]);
            await kept.WriteAsync(stores, data, manifest);
            return kept;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // After a start anew, so that nothing is under way any more.
    private async Task<Manifest> ReadAsync(InstalledProgram installed, string folder, IReadOnlyDictionary<string, string> environment)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(folder, environment, program);
        Manifest manifest = await new ManifestReader(server.Imaps, words => installed.TryAsync("", [.. words, "--json"]))
            .ReadAsync([], DateTimeOffset.UtcNow);
        await StopAsync(server);
        return manifest;
    }

    private static async Task StopAsync(ServerProcess server)
    {
        if (await server.TerminateAsync() != 0)
            throw new InvalidOperationException($"the server did not stop well: {server.Log}");
    }

    // Free ports; and a relay that is not there, so that mail for others stays in the queue.
    private static Dictionary<string, string> EnvironmentOf(DatabaseHome home)
    {
        var options = new Dictionary<string, string>
        {
            ["LISTEN__SIP"] = "[\"udp://127.0.0.1:0\", \"tcp://127.0.0.1:0\"]",
            ["DELIVERY__SMARTHOST__HOST"] = "127.0.0.1",
            ["DELIVERY__SMARTHOST__PORT"] = "1",
            ["DELIVERY__SMARTHOST__TLS"] = "none",
            ["DRAIN"] = "5s",
        };
        foreach (string name in (string[])["SMTP", "SUBMISSION", "SUBMISSIONS", "IMAP", "IMAPS", "HTTP"])
            options[$"LISTEN__{name}"] = "[\"127.0.0.1:0\"]";
        if (home.Engine == Engine.PostgreSql)
        {
            options["DATABASE__ENGINE"] = "postgresql";
            options["DATABASE__CONNECTION"] = home.Connection;
        }
        return options.ToDictionary(option => "UNIFIEDMSG__" + option.Key, option => option.Value);
    }

    private static async Task<SortedDictionary<string, int>> PackSqliteAsync(string file)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using (SqliteCommand vacuum = connection.CreateCommand())
        {
            vacuum.CommandText = "VACUUM";
            await vacuum.ExecuteNonQueryAsync();
        }
        await using SqliteCommand select = connection.CreateCommand();
        select.CommandText = SelectVersions;
        return await ReadVersionsAsync(select);
    }

    private static async Task<SortedDictionary<string, int>> DumpAsync(DatabaseHome home, string data)
    {
        await File.WriteAllTextAsync(Path.Combine(data, KeptStore.DumpFile), await home.DumpAsync());
        await using var connection = new NpgsqlConnection(home.Connection);
        await connection.OpenAsync();
        await using var select = new NpgsqlCommand(SelectVersions, connection);
        return await ReadVersionsAsync(select);
    }

    private static async Task<SortedDictionary<string, int>> ReadVersionsAsync(System.Data.Common.DbCommand select)
    {
        var versions = new SortedDictionary<string, int>(StringComparer.Ordinal);
        await using System.Data.Common.DbDataReader row = await select.ExecuteReaderAsync();
        while (await row.ReadAsync())
            versions.Add(row.GetString(0), row.GetInt32(1));
        return versions;
    }
}
