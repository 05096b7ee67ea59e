using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database;
using UnifiedMsg.KeptStores;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Server.Tests.Commands;
using UnifiedMsg.Store;
using UnifiedMsg.TestEngines;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Upgrade;

/// <summary>A store that an earlier program wrote is brought up to date by this one, with everything that its clients knew.</summary>
public sealed class UpgradeTests
{
    // The number of what is logged then.
    private const int StepBegins = 2030;

    // On PostgreSQL the versions before did not leave the workshop: both lines met at 4.
    private static readonly Dictionary<Engine, int> OldestStore = new() { [Engine.Sqlite] = 1, [Engine.PostgreSql] = 4 };

    public static TheoryData<Engine, int> KeptStores => [.. Enum.GetValues<Engine>().SelectMany(KeptStore.All).Select(store => (store.Engine, store.Version))];

    [Theory, MemberData(nameof(KeptStores))]
    public async Task All_that_was_told_of_it_is_told_of_it_still(Engine engine, int version)
    {
        await using UpgradedStore store = await UpgradedStore.UnpackAsync(engine, version);
        await store.HoldAsync();
        // Once more, now that there is nothing to upgrade.
        await store.HoldAsync();
    }

    [Theory, InlineData(Engine.Sqlite), InlineData(Engine.PostgreSql)]
    public async Task There_is_a_store_of_every_version(Engine engine)
    {
        IReadOnlyList<KeptStore> stores = KeptStore.All(engine);
        int newest = StoreSchema.Migrations.Steps.Count;
        for (int version = OldestStore[engine]; version <= newest; version++)
        {
            Assert.True(
                stores.Any(store => store.Version == version),
                $"Keep a store of version {version} as a fixture: run `{KeptStore.Command}` with the program that writes this version, and commit what it makes.");
        }
        if (engine != Engine.Sqlite)
            return;
        // The steps of others come when they come; a store of each of their versions is there too.
        Manifest[] manifests = await Task.WhenAll(stores.Select(store => store.ReadManifestAsync()));
        foreach (MigrationSet set in DataFolder.Schemas)
        {
            Assert.All(set.Steps, step => Assert.True(
                manifests.Any(manifest => manifest.Schemas.GetValueOrDefault(set.Component) == step.Number),
                $"Keep a store with version {step.Number} of '{set.Component}' as a fixture: run `{KeptStore.Command}` with the program that writes this version."));
        }
    }

    [Theory, InlineData(Engine.Sqlite), InlineData(Engine.PostgreSql)]
    public async Task An_upgrade_may_end_before_and_within_each_step(Engine engine)
    {
        await using UpgradedStore store = await UpgradedStore.UnpackAsync(engine, OldestStore[engine]);
        foreach ((MigrationSet set, Migration step) in DataFolder.Schemas.SelectMany(set => set.Steps.Select(step => (set, step))))
        {
            Dictionary<string, int> before = await store.ReadVersionsAsync();
            if (before.GetValueOrDefault(set.Component) >= step.Number)
                continue;
            var broken = new MigrationSet(set.Component, [.. set.Steps.Take(step.Number - 1), step with { Sql = step.Sql + ";\nSELECT * FROM nowhere" }]);
            await Assert.ThrowsAsync<DatabaseException>(() => store.OpenAsync([broken]));
            Assert.Equal(before, await store.ReadVersionsAsync());
            await store.OpenAsync([new MigrationSet(set.Component, [.. set.Steps.Take(step.Number)])]);
        }
        await store.HoldAsync();
    }

    [Theory, InlineData(Engine.Sqlite), InlineData(Engine.PostgreSql)]
    public async Task How_far_it_is_is_told_in_the_log_and_to_commands(Engine engine)
    {
        await using UpgradedStore store = await UpgradedStore.UnpackAsync(engine, OldestStore[engine]);
        // Whenever the log says that a step is taken, what a command would read at that moment.
        var told = new ConcurrentQueue<SchemaProgress>();
        using var log = new LogRecorder
        {
            Logged = entry =>
            {
                if (entry.Id == StepBegins)
                    told.Enqueue(UpgradeNotice.Read(store.Options.Data)!);
            },
        };
        await using (ServerHost host = await ServerHost.StartAsync(store.Options, log))
        {
            int steps = StoreSchema.Migrations.Steps.Count;
            Assert.Equal(Enumerable.Range(OldestStore[engine] + 1, steps - OldestStore[engine]), told.Where(step => step.Component == "store").Select(step => step.Number));
            Assert.All(told.Where(step => step.Component == "store"), step => Assert.Equal(steps, step.Of));
            Assert.Null(UpgradeNotice.Read(store.Options.Data));
        }
        told.Clear();
        await using (await ServerHost.StartAsync(store.Options, log))
            Assert.Empty(told);
    }

    [Fact]
    public async Task Commands_say_that_the_server_is_at_it()
    {
        await using UpgradedStore store = await UpgradedStore.UnpackAsync(Engine.Sqlite, StoreSchema.Migrations.Steps.Count);
        using FolderLock held = FolderLock.Take(store.Options.Data);
        new UpgradeNotice(store.Options.Data, TimeProvider.System).Tell(new SchemaProgress("store", 5, 9, "gaps between UIDs", 43, TimeSpan.FromSeconds(80)));
        CommandRun status = await CommandRun.OfAsync(store.Folder, "status");
        Assert.Equal(3, status.ExitCode);
        Assert.Contains("bringing", status.Error);
        Assert.Contains("step 5 of 9 of the schema of 'store' (gaps between UIDs), 43 % done after 80 s", status.Error);
    }

    [Theory, InlineData(Engine.Sqlite), InlineData(Engine.PostgreSql)]
    public async Task A_store_of_a_later_program_is_refused_and_left_as_it_is(Engine engine)
    {
        int newest = StoreSchema.Migrations.Steps.Count;
        await using UpgradedStore store = await UpgradedStore.UnpackAsync(engine, newest);
        await store.OpenAsync([new MigrationSet("store", [.. StoreSchema.Migrations.Steps, new Migration(newest + 1, "of tomorrow", "CREATE TABLE store_tomorrow(id INTEGER PRIMARY KEY)")])]);
        string before = await store.FingerprintAsync();
        NewerSchemaException refusal = await Assert.ThrowsAsync<NewerSchemaException>(() => ServerHost.StartAsync(store.Options, NullLoggerFactory.Instance));
        Assert.Contains($"{newest + 1}", refusal.Message);
        Assert.Equal(before, await store.FingerprintAsync());
    }
}
