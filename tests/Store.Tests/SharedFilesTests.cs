using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.Backup;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Store.Backup;
using UnifiedMsg.Store.Tests.Contents;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

/// <summary>The files of large contents, which a server copies to a backup while another one removes what it may remove.</summary>
public sealed class SharedFilesTests : IAsyncLifetime
{
    private readonly BackupFolder _target = new();
    private PostgreSqlCluster _cluster = null!;
    private DatabaseHome _home = null!;
    private TestStore _copies = null!;
    private TestStore _removes = null!;
    private Folder _inbox = null!;
    private int _messages;

    public async ValueTask InitializeAsync()
    {
        _cluster = await PostgreSqlCluster.StartAsync();
        _home = await DatabaseHome.CreateAsync(Engine.PostgreSql, cluster: _cluster);
        _copies = await TestStore.OpenAsync(_home, ownsHome: false);
        _home.MirrorFolder = Path.Combine(_home.Folder, "second");
        _removes = await _copies.OpenAnotherAsync();
        _inbox = await _copies.InboxAsync();
        await AppendAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _removes.DisposeAsync();
        await _copies.DisposeAsync();
        await _home.DisposeAsync();
        await _cluster.DisposeAsync();
        _target.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_removed_while_the_database_was_away_is_in_no_backup(bool follows)
    {
        Item gone = await AppendAsync();
        var hears = new BackupFollower();
        using var stop = new CancellationTokenSource();
        void Hear(BackupStatus status)
        {
            // The snapshot has it, and no file is copied yet.
            if (status is { Phase: "blobs", Notes: null })
                Wait(() => RemoveWhileAwayAsync(gone));
            hears.Hear(status);
        }
        if (follows)
        {
            Task<BackupStatus> following = _copies.Store.Backup!.FollowAsync(_target.Path, new BackupOptions(), Hear, stop.Token);
            await hears.UntilAsync(status => status.Phase == "following");
            await stop.CancelAsync();
            await following;
        }
        else
        {
            BackupStatus status = await _copies.Store.Backup!.RunAsync(_target.Path, new BackupOptions(), Hear);
            Assert.Contains("copied again", Assert.Single(status.Notes!));
        }
        Assert.Single(System.IO.Directory.GetDirectories(Path.Combine(_target.Path, "chains")));
        RestoreResult restored = await RestoreAsync();
        Assert.Equal((1, 1, 0), (restored.Items, restored.Blobs, restored.Missing.Count));
    }

    [Fact]
    public async Task A_backup_that_finds_the_database_away_each_time_ends_and_says_why()
    {
        void Hear(BackupStatus status)
        {
            if (status.Phase == "blobs")
                Wait(async () => await RemoveWhileAwayAsync(await AppendAsync()));
        }
        BackupException told = await Assert.ThrowsAsync<BackupException>(() => _copies.Store.Backup!.RunAsync(_target.Path, new BackupOptions(), Hear));
        Assert.Contains("Run it again", told.Message);
        Assert.Contains("no complete backup", Assert.Throws<BackupException>(() => new BackupReader(_target.Path)).Message);
        Assert.Empty((await _copies.Store.Backup!.RunAsync(_target.Path, new BackupOptions())).Notes ?? []);
        Assert.Empty((await RestoreAsync()).Missing);
    }

    [Fact]
    public async Task A_file_whose_content_gets_another_key_stays_while_it_is_copied()
    {
        string file = Assert.Single(_copies.Blobs());
        void Hear(BackupStatus status)
        {
            if (status.Phase == "blobs")
                Wait(EncryptAsync);
        }
        await _copies.Store.Backup!.RunAsync(_target.Path, new BackupOptions(), Hear);
        Assert.Empty((await RestoreAsync()).Missing);
        Assert.Equal(2, _copies.Blobs().Length);
        // When the copying is over it goes as any other that no row names.
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow);
        _removes.Time.Advance(TimeSpan.FromHours(2));
        await _removes.Store.MaintainAsync();
        Assert.NotEqual(file, Assert.Single(_copies.Blobs()));
        await _copies.RestartAsync(TestKeys.Of("k1"));
    }

    private Task<Item> AppendAsync() => _copies.AppendAsync(_inbox, TestStore.Message(++_messages, 90_000));

    private async Task EncryptAsync()
    {
        await _removes.RestartAsync(TestKeys.Of("k1"));
        Assert.Equal(1, (await _removes.Store.RekeyAsync()).Rewritten);
    }

    // The files were kept for 30 minutes, and whoever would have put that off could not; if he is there again before the collector, it is too late for him all the same.
    private async Task RemoveWhileAwayAsync(Item item)
    {
        await _removes.Store.ChangeFlagsAsync(_inbox.Id, [item.Uid], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await _removes.Store.ExpungeAsync(_inbox.Id, [item.Uid]);
        await _cluster.KillAsync();
        _copies.Time.Advance(TimeSpan.FromMinutes(31));
        _removes.Time.Advance(TimeSpan.FromHours(2));
        await _cluster.RestartAsync();
        await _removes.Store.MaintainAsync();
        Assert.Single(_removes.Blobs());
    }

    // Who is told how a backup stands keeps it waiting.
    private static void Wait(Func<Task> work) => Task.Run(work).GetAwaiter().GetResult();

    private async Task<RestoreResult> RestoreAsync()
    {
        string folder = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName;
        RestoreResult result = await new StoreRestore(folder, "unifiedmsg.db", Path.Combine(folder, "blobs"), "search.db").RunAsync(
            _target.Path, null,
            async path => await SqliteDatabase.OpenAsync(new SqliteOptions { Path = path }, [StoreSchema.Migrations], NullLoggerFactory.Instance, _copies.Time),
            _copies.Time.GetUtcNow());
        System.IO.Directory.Delete(folder, recursive: true);
        return result;
    }
}
