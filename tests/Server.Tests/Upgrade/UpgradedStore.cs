using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.KeptStores;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Server.Tests.Commands;
using UnifiedMsg.Store;
using UnifiedMsg.TestEngines;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Upgrade;

/// <summary>A kept store, unpacked into the folder of a server.</summary>
internal sealed class UpgradedStore : IAsyncDisposable
{
    private readonly DatabaseHome _home;
    private readonly Manifest _manifest;

    private UpgradedStore(DatabaseHome home, ServerOptions options, Manifest manifest) => (_home, Options, _manifest) = (home, options, manifest);

    /// <summary>What a server on it runs with.</summary>
    public ServerOptions Options { get; }

    /// <summary>Where commands find its configuration.</summary>
    public string Folder => _home.Folder;

    public static async Task<UpgradedStore> UnpackAsync(Engine engine, int version)
    {
        var kept = new KeptStore(engine, version);
        DatabaseHome home = await DatabaseHome.CreateAsync(engine);
        ServerOptions options = await TestServer.LayOutAsync(home.Folder);
        options = options with
        {
            // As when it was written: nobody takes what waits for others.
            Delivery = new DeliverySection { SmartHost = new SmartHostSection { Host = "127.0.0.1", Port = 1, Tls = Delivery.Queue.SmartHostTls.None } },
            Database = engine == Engine.Sqlite
                ? new DatabaseSection()
                : new DatabaseSection { Engine = DatabaseEngine.Postgresql, Connection = home.Connection },
        };
        await File.WriteAllTextAsync(Path.Combine(home.Folder, ConfigurationFile.DefaultName), ConfigurationText.Annotated(options));
        await kept.UnpackAsync(options.Data, home.Connection);
        return new UpgradedStore(home, options, await kept.ReadManifestAsync());
    }

    /// <summary>Starts a server on it, and holds that it tells what was told when the store was kept, and that the store is in order.</summary>
    public async Task HoldAsync()
    {
        // What waits for others, or was deleted, has its time; here it is the day on which the store was kept.
        await using ServerHost host = await ServerHost.StartAsync(Options, NullLoggerFactory.Instance, new EarlierTime(_manifest.Written));
        // Old items get their threads beside the work of the server.
        await host.Data.ItemStore.MaintainAsync();
        Manifest now = await new ManifestReader(host.EndPoints.Imaps[0], TellAsync).ReadAsync([], _manifest.Written);
        Assert.Empty(_manifest.DifferencesTo(now));
        foreach (ManifestPerson person in now.People)
        {
            long account = (await host.Data.Accounts.FindByAddressAsync(person.Address))!.Id;
            int spoken = person.Folders.Sum(folder => folder.Items.Count(item => item.Context == "voice-message"));
            KindCount kinds = await host.Data.Store.CountKindAsync(account, ItemKind.VoiceMail);
            Assert.Equal(spoken, kinds.Seen + kinds.Unseen);
            Assert.All(person.Folders.SelectMany(folder => folder.Items), item => Assert.NotNull(item.ThreadId));
        }
        CommandRun check = await CommandRun.OfAsync(_home.Folder, "store", "check");
        Assert.True(check.ExitCode == 0, check.Output + check.Error);
        await host.StopAsync();
    }

    /// <summary>Opens the database with these schemas, which takes the steps that are missing, and closes it.</summary>
    public async Task OpenAsync(IReadOnlyList<MigrationSet> schemas) => await (await OpenDatabaseAsync(schemas)).DisposeAsync();

    /// <summary>The versions of the schemas.</summary>
    public async Task<Dictionary<string, int>> ReadVersionsAsync()
    {
        await using IDatabase database = await OpenDatabaseAsync([]);
        return (await database.ReadAsync(session => session.QueryAsync(
            "SELECT component, max(number) FROM schema_migrations GROUP BY component", row => (row.GetString(0), row.GetInt32(1))))).ToDictionary();
    }

    /// <summary>Changes when anything of the data does.</summary>
    public async Task<string> FingerprintAsync()
    {
        var all = new StringBuilder(_home.Engine == Engine.Sqlite ? "" : await _home.DumpAsync());
        foreach (string file in Directory.GetFiles(Options.Data, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).Order())
            all.Append('\n').Append(file).Append(' ').Append(Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(file))));
        return all.ToString();
    }

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    private async Task<IDatabase> OpenDatabaseAsync(IReadOnlyList<MigrationSet> schemas) => _home.Engine == Engine.Sqlite
        ? await SqliteDatabase.OpenAsync(
            new SqliteOptions { Path = Path.Combine(Options.Data, ServerDatabase.SqliteFile) }, schemas, NullLoggerFactory.Instance, TimeProvider.System)
        : await _home.OpenAsync(schemas);

    private async Task<string?> TellAsync(string[] words)
    {
        CommandRun run = await CommandRun.OfAsync(_home.Folder, [.. words, "--json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Output;
    }

    /// <summary>The clock as it went then.</summary>
    private sealed class EarlierTime(DateTimeOffset start) : TimeProvider
    {
        private readonly TimeSpan _since = System.GetUtcNow() - start;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() - _since;
    }
}
