using System.Text.Json;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Store;
using UnifiedMsg.TestEngines;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Commands;

/// <summary>Backup, restore, check and deleted items by the command line, with the server running and without it.</summary>
public abstract class StoreCommandTests(Engine engine) : IAsyncLifetime
{
    private readonly string _target = Directory.CreateTempSubdirectory("um").FullName;
    private DatabaseHome _home = null!;
    private TestServer _server = null!;
    private long _alice;
    private Folder _inbox = null!;

    public async ValueTask InitializeAsync()
    {
        _home = await DatabaseHome.CreateAsync(engine);
        _server = await TestServer.StartAsync(options => engine == Engine.Sqlite ? options : options with { Database = DatabaseOf(_home) });
        _alice = (await _server.AddUserAsync("alice")).Id;
        _inbox = (await Store.FindFolderAsync(_alice, "INBOX"))!;
        for (var i = 1; i <= 5; i++)
            await AppendAsync(i);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Everything_comes_back_into_an_empty_data_folder(bool running)
    {
        if (!running)
            await _server.StopAsync();
        var first = await RunAsync("store", "backup", _target, "--json");
        Assert.Equal(0, first.ExitCode);
        Assert.True(JsonDocument.Parse(first.Output).RootElement.GetProperty("isBase").GetBoolean());
        var second = await RunAsync("store", "backup", _target);
        Assert.Contains("Added what is new", second.Output);
        Assert.Matches(@"everything up to \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\.", second.Output);

        var refused = await RunAsync("store", "restore", _target);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("is not empty; nothing was overwritten", refused.Error);

        if (running)
            await _server.StopAsync();
        await LoseEverythingAsync();
        var restored = await RunAsync("store", "restore", _target);
        Assert.True(restored.ExitCode == 0, restored.Error);
        Assert.Contains("5 items", restored.Output);
        Assert.Matches(@"as it was at \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ:", restored.Output);
        await _server.StartAgainAsync();
        Assert.Equal(5, (await Store.FindFolderAsync(_alice, "INBOX"))!.Exists);
        Assert.Contains("all good", (await RunAsync("store", "check")).Output);
    }

    [Fact]
    public async Task One_mailbox_comes_back_beside_the_running_server()
    {
        await RunAsync("store", "backup", _target);
        await DeleteAsync(1, 2, 3);
        var restored = await RunAsync("store", "restore", _target, "--mailbox", "alice@example.test", "--folder", "INBOX");
        Assert.True(restored.ExitCode == 0, restored.Error);
        Assert.Contains("3 items restored, 2 were there", restored.Output);
        Assert.Equal(5, (await Store.FindFolderAsync(_alice, "INBOX"))!.Exists);
        var again = await RunAsync("store", "restore", _target, "--mailbox", "alice@example.test", "--json");
        Assert.Equal(0, JsonDocument.Parse(again.Output).RootElement.GetProperty("restored").GetInt64());
        Assert.Contains("would hide", (await RunAsync("store", "restore", _target, "--mailbox", "alice@example.test", "--into", "Shared/News")).Error);
        Assert.Contains("no user", (await RunAsync("store", "restore", _target, "--mailbox", "nobody@example.test")).Error);
        await _server.AddUserAsync("bob");
        Assert.Contains("has no mailbox", (await RunAsync("store", "restore", _target, "--mailbox", "bob@example.test")).Error);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_server.Options.Data, "work")));
    }

    [Fact]
    public async Task Public_folders_come_back_beside_the_running_server()
    {
        await RunAsync("public", "set", "News/Sport");
        await AppendAsync(1, (await Store.FindFolderAsync(PublicFolders.AccountId, "News/Sport"))!.Id);
        await RunAsync("store", "backup", _target);
        await RunAsync("public", "remove", "News/Sport");
        var restored = await RunAsync("store", "restore", _target, "--mailbox", "public", "--folder", "News");
        Assert.Equal(("", 0), (restored.Error, restored.ExitCode));
        Assert.Contains("1 items restored, 0 were there", restored.Output);
        Assert.Equal(1, (await Store.FindFolderAsync(PublicFolders.AccountId, "News/Sport"))!.Exists);
        Assert.Contains("no folder Weather", (await RunAsync("store", "restore", _target, "--mailbox", "public", "--folder", "Weather")).Error);
    }

    [Fact]
    public async Task A_backup_follows_less_than_a_second_behind_until_it_is_interrupted()
    {
        using var stop = new CancellationTokenSource();
        var lines = new LineWriter();
        var errors = new StringWriter();
        var context = new Server.Commands.CommandContext { Input = TextReader.Null, Output = lines, Error = errors, Folder = _server.Folder, Environment = Environment };
        var following = Server.Commands.CommandLine.RunAsync(["store", "backup", _target, "--follow", "--json"], context, stop.Token);
        await lines.UntilAsync(line => Phase(line) == "following");
        var before = DateTimeOffset.UtcNow;
        await AppendAsync(6);
        var told = await lines.UntilAsync(line => Phase(line) == "following" && JsonDocument.Parse(line).RootElement.GetProperty("upTo").GetDateTimeOffset() >= before);
        Assert.Equal(0, JsonDocument.Parse(told).RootElement.GetProperty("lagSeconds").GetDouble());
        await stop.CancelAsync();
        Assert.Equal((0, ""), (await following, errors.ToString()));
        await DeleteAsync(6);
        Assert.Contains("1 items restored", (await RunAsync("store", "restore", _target, "--mailbox", "alice@example.test")).Output);
    }

    [Fact]
    public async Task A_server_that_stops_ends_the_backup_that_follows()
    {
        var lines = new LineWriter();
        var context = new Server.Commands.CommandContext { Input = TextReader.Null, Output = lines, Error = TextWriter.Null, Folder = _server.Folder, Environment = Environment };
        var following = Server.Commands.CommandLine.RunAsync(["store", "backup", _target, "--follow", "--json"], context);
        await lines.UntilAsync(line => Phase(line) == "following");
        await _server.StopAsync();
        // Either the last word of the job is still heard, or the socket is gone.
        Assert.NotEqual(2, await following.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(0, (await RunAsync("store", "backup", _target)).ExitCode);
    }

    [Fact]
    public async Task What_is_wrong_is_told_by_kind_and_mended_when_asked()
    {
        await _server.Host.Data.Database.WriteAsync(session => session.ExecuteAsync("UPDATE store_folders SET item_count = 99 WHERE id = @p0", _inbox.Id));
        var found = await RunAsync("store", "check");
        Assert.Equal(1, found.ExitCode);
        Assert.Contains("folder-counters (1):", found.Output);
        var mended = await RunAsync("store", "check", "--repair");
        Assert.Equal(0, mended.ExitCode);
        Assert.Contains("mended", mended.Output);
        var after = await RunAsync("store", "check", "--json");
        Assert.Equal(0, after.ExitCode);
        Assert.Empty(JsonDocument.Parse(after.Output).RootElement.GetProperty("problems").EnumerateArray());
    }

    [Fact]
    public async Task What_is_lost_is_told_by_mailbox_folder_and_message_and_comes_back()
    {
        await RunAsync("store", "backup", _target);
        var lost = Assert.Single(Directory.GetDirectories(Path.Combine(_server.Options.Data, "blobs")).SelectMany(Directory.GetFiles));
        File.Delete(lost);
        var found = await RunAsync("store", "check");
        Assert.Equal(1, found.ExitCode);
        var name = Path.GetFileName(lost);
        Assert.Contains($"its file is missing: {name[..2]}/{name}", found.Output);
        Assert.Contains("    alice@example.test, INBOX, UID 3: \"Message 3\" (20", found.Output);
        Assert.Contains("`unifiedmsg store restore SOURCE --mailbox alice@example.test`", found.Output);
        Assert.Contains("`unifiedmsg store check --repair` mends what can be mended; it puts a notice", found.Output);
        var problem = Assert.Single(JsonDocument.Parse((await RunAsync("store", "check", "--json")).Output).RootElement.GetProperty("problems").EnumerateArray());
        Assert.True(problem.GetProperty("canMend").GetBoolean());
        var place = Assert.Single(problem.GetProperty("places").EnumerateArray());
        Assert.Equal(("alice@example.test", "INBOX", 3, "Message 3"), (
            place.GetProperty("address").GetString(), place.GetProperty("folder").GetString(), place.GetProperty("uid").GetInt64(),
            place.GetProperty("subject").GetString()));
        var restored = await RunAsync("store", "restore", _target, "--mailbox", "alice@example.test");
        Assert.Contains("1 items restored, 4 were there", restored.Output);
        Assert.Contains("all good", (await RunAsync("store", "check")).Output);
    }

    [Fact]
    public async Task What_the_backup_lacks_is_told_and_found_after_the_restore()
    {
        await RunAsync("store", "backup", _target);
        var lost = Assert.Single(Directory.GetFiles(Path.Combine(_target, "blobs"), "*", SearchOption.AllDirectories), path => Path.GetFileName(path).Length == 64);
        File.Delete(lost);
        await _server.StopAsync();
        await LoseEverythingAsync();
        var restored = await RunAsync("store", "restore", _target);
        Assert.Equal(1, restored.ExitCode);
        var file = $"{Path.GetFileName(lost)[..2]}/{Path.GetFileName(lost)}";
        Assert.Contains($"the backup lacks the file {file} of a content", restored.Output);
        var found = await RunAsync("store", "check");
        Assert.Contains($"its file is missing: {file}", found.Output);
        Assert.Contains("alice@example.test, INBOX, UID 3: \"Message 3\"", found.Output);
        await _server.StartAgainAsync();
    }

    [Fact]
    public async Task Deleted_items_are_listed_and_put_back()
    {
        await DeleteAsync(1, 2);
        var listed = await RunAsync("store", "deleted", "alice@example.test", "--json");
        var ids = JsonDocument.Parse(listed.Output).RootElement.EnumerateArray().Select(item => item.GetProperty("id").GetInt64()).ToArray();
        Assert.Equal(2, ids.Length);
        Assert.Contains("Message 2", (await RunAsync("store", "deleted", "alice@example.test", "--text", "message 2")).Output);
        var one = await RunAsync("store", "undelete", "alice@example.test", $"{ids[0]}");
        Assert.Equal((0, "1 items put back into INBOX."), (one.ExitCode, one.Output.Trim()));
        Assert.Equal(1, (await RunAsync("store", "undelete", "alice@example.test", $"{ids[0]}")).ExitCode);
        Assert.Equal(0, (await RunAsync("store", "undelete", "alice@example.test", "--all")).ExitCode);
        Assert.Equal(5, (await Store.FindFolderAsync(_alice, "INBOX"))!.Exists);
    }

    [Fact]
    public async Task What_was_deleted_in_public_folders_is_put_back_too()
    {
        await RunAsync("public", "set", "News");
        var news = (await Store.FindFolderAsync(PublicFolders.AccountId, "News"))!;
        foreach (var number in (int[])[8, 9])
            await AppendAsync(number, news.Id);
        await Store.ChangeFlagsAsync(news.Id, [1], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await Store.ExpungeAsync(news.Id);
        Assert.Contains("News", (await RunAsync("store", "deleted", "public")).Output);
        Assert.Equal("1 items put back into News.", (await RunAsync("store", "undelete", "public", "--all")).Output.Trim());
        await RunAsync("public", "remove", "News");
        await _server.Host.Data.ItemStore.MaintainAsync();
        Assert.Equal("2 items put back into Recovered.", (await RunAsync("store", "undelete", "public", "--all")).Output.Trim());
        Assert.Equal(2, (await Store.FindFolderAsync(PublicFolders.AccountId, "Recovered"))!.Exists);
        Assert.Equal(0, (await RunAsync("store", "check")).ExitCode);
    }

    [Theory]
    [InlineData(2, "store", "backup")]
    [InlineData(2, "store", "backup", "x", "--keep", "long")]
    [InlineData(2, "store", "restore", "x", "--at", "teatime")]
    [InlineData(2, "store", "restore", "x", "--folder", "INBOX")]
    [InlineData(2, "store", "undelete", "alice@example.test")]
    [InlineData(2, "store", "undelete", "alice@example.test", "1", "--all")]
    [InlineData(1, "store", "deleted", "nobody@example.test")]
    [InlineData(1, "store", "restore", "no-such-folder")]
    [InlineData(1, "store", "restore", "no-such-folder", "--mailbox", "alice@example.test")]
    [InlineData(1, "store", "backup", ".")]
    public async Task What_can_not_be_is_said(int exitCode, params string[] arguments)
    {
        var run = await RunAsync(arguments);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.NotEmpty(run.Error);
        Assert.DoesNotContain("internal error", run.Error);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _home.DisposeAsync();
        Directory.Delete(_target, recursive: true);
    }

    private IStore Store => _server.Host.Data.Store;

    private static string? Phase(string line) => JsonDocument.Parse(line).RootElement.GetProperty("phase").GetString();

    private Dictionary<string, string> Environment => engine == Engine.Sqlite ? [] : new()
    {
        ["UNIFIEDMSG__DATABASE__ENGINE"] = "postgresql",
        ["UNIFIEDMSG__DATABASE__CONNECTION"] = _home.Connection,
    };

    private static DatabaseSection DatabaseOf(DatabaseHome home) => new() { Engine = DatabaseEngine.Postgresql, Connection = home.Connection };

    private async Task LoseEverythingAsync()
    {
        Directory.Move(_server.Options.Data, _server.Options.Data + ".old");
        if (engine == Engine.PostgreSql)
            await _home.EmptyAsync();
    }

    private Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.OfAsync(_server.Folder, "", arguments, Environment);

    private async Task AppendAsync(int number, long? folder = null)
    {
        var text = $"From: bob@example.test\r\nSubject: Message {number}\r\n\r\n{new string('x', number == 3 ? 90_000 : 100)}\r\n";
        await using var staged = await Store.StageAsync(new MemoryStream(System.Text.Encoding.ASCII.GetBytes(text)), 1 << 20);
        await Store.AppendAsync(folder ?? _inbox.Id, staged, new NewItem());
    }

    private async Task DeleteAsync(params uint[] uids)
    {
        await Store.ChangeFlagsAsync(_inbox.Id, uids, new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await Store.ExpungeAsync(_inbox.Id, uids);
    }
}

public sealed class SqliteStoreCommandTests() : StoreCommandTests(Engine.Sqlite);

public sealed class PostgreSqlStoreCommandTests() : StoreCommandTests(Engine.PostgreSql);
