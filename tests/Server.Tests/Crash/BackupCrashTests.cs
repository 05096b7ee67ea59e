using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using UnifiedMsg.Server.Commands;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Tests.Commands;
using UnifiedMsg.TestEngines;
using UnifiedMsg.TestKit;
using UnifiedMsg.TestKit.Load;

namespace UnifiedMsg.Server.Tests.Crash;

/// <summary>
/// A server on PostgreSQL that is killed, under load, in the midst of a backup that it takes, one after the other into the same folder. The next backup
/// goes on there, and what is restored from it elsewhere is what the source has.
/// </summary>
public sealed class BackupCrashTests : IAsyncLifetime
{
    private const string User = "bob@example.test";
    private const string Password = "correct horse";

    // What a restore renews, and what is no part of a backup: the search index, and what servers leave for each other.
    private const string Renewed = "'uid_validity' - 'modseq'";
    private const string Tables =
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename !~ '^(search_|unifiedmsg_|commit_marks$|store_counters$)' ORDER BY 1";

    private readonly Random _random = new(LoadRounds.Seed);
    private readonly MailLedger _ledger = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("um").FullName;
    private PostgreSqlCluster _cluster = null!;
    private string _connection = null!;
    private string _source = null!;
    private ServerProcess _server = null!;
    private TimeSpan _whole = TimeSpan.FromSeconds(1); // What a backup takes, about.
    private int _cut;
    private int _following;
    private bool _isKept;

    public BackupCrashTests() => Say($"UNIFIEDMSG_TEST_SEED={LoadRounds.Seed}");

    private string Target => Path.Combine(_folder, "backup");

    public async ValueTask InitializeAsync()
    {
        _cluster = await PostgreSqlCluster.StartAsync();
        (_source, _connection) = await LayOutAsync("source");
        await RunAsync(_source, Password, "user", "add", User, "--name", "Bob", "--password-file", "-");
        _server = await ServerProcess.StartAsync(_source);
        await Load().PrepareAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _cluster.DisposeAsync();
        if (!_isKept)
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Kills_of_the_server_while_it_takes_a_backup_leave_one_that_goes_on_and_lacks_nothing()
    {
        var rounds = LoadRounds.Count(4);
        for (var round = 0; round < rounds; round++)
        {
            try
            {
                await KillInBackupAsync(follow: round % 2 == 1, newBase: _random.Next(3) == 0);
                await CheckBackupAsync($"restored{round}");
                Say($"{DateTime.Now:T} round {round + 1} of {rounds}: {_ledger.Acknowledged} changes acknowledged, {_cut} backups cut off");
            }
            catch (Exception fault)
            {
                throw new InvalidOperationException(
                    $"round {round + 1} of {rounds}, UNIFIEDMSG_TEST_SEED={LoadRounds.Seed}: {fault.Message}\n{await KeepAsync()}", fault);
            }
        }
        Say($"{rounds} kills, {_ledger.Acknowledged} acknowledgements, {_cut} backups cut off, {_following} of them following: nothing is lacking");
        Assert.True(_ledger.Acknowledged >= rounds, "there was hardly any load");
        Assert.True(_cut >= rounds / 2, "one that follows has no end of its own");
        Assert.Equal(0, await _server.TerminateAsync());
    }

    // Where rounds.sh asks for it everything stays for who looks into it.
    private async Task<string> KeepAsync()
    {
        if (Environment.GetEnvironmentVariable("UNIFIEDMSG_CRASH_KEEP") is not { Length: > 0 })
            return "";
        _isKept = true;
        await File.WriteAllTextAsync(Path.Combine(_folder, "server.log"), _server.Log);
        return $"The folders, the backup and the last log: {_folder}\nThe files of PostgreSQL: {await _cluster.KeepAsync()}";
    }

    private async Task KillInBackupAsync(bool follow, bool newBase)
    {
        using var dead = new CancellationTokenSource();
        var load = Load().RunAsync(dead.Token);
        await Task.Delay(_random.Next(100, 500), TestContext.Current.CancellationToken);
        var told = new LineWriter();
        var backup = CommandLine.RunAsync(
            ["store", "backup", Target, .. follow ? (string[])["--follow", "--json"] : [], .. newBase ? (string[])["--new-base"] : []],
            new CommandContext { Input = TextReader.Null, Output = told, Error = new StringWriter(), Folder = _source });
        // Every other one that follows is let through to where it does.
        if (follow && _random.Next(2) == 0)
        {
            await told.UntilAsync(line => JsonDocument.Parse(line).RootElement.GetProperty("phase").GetString() == "following");
            _following++;
        }
        await Task.Delay(_whole * _random.NextDouble(), TestContext.Current.CancellationToken);
        _cut += backup.IsCompleted ? 0 : 1;
        await _server.KillAsync();
        await dead.CancelAsync();
        await load;
        // It says that it lost the server, or was done before.
        await backup;
        await _cluster.WaitUntilUnusedAsync(_connection);
        await _server.DisposeAsync();
        _server = await ServerProcess.StartAsync(_source);
        _ledger.Check(await Load().ReadAsync());
    }

    private async Task CheckBackupAsync(string name)
    {
        var begun = Stopwatch.GetTimestamp();
        await RunAsync(_source, "", "store", "backup", Target);
        _whole = Stopwatch.GetElapsedTime(begun);
        (string folder, string connection) = await LayOutAsync(name);
        // It fails when the backup lacks a content.
        await RunAsync(folder, "", "store", "restore", Target);
        Assert.Equal(await ReadAsync(_connection), await ReadAsync(connection));
        await RunAsync(folder, "", "store", "check");
        await _cluster.DropDatabaseAsync(connection);
    }

    private MailLoad Load() => new(_server.Smtp, _server.Imaps, _ledger, User, Password);

    private async Task<(string Folder, string Connection)> LayOutAsync(string name)
    {
        var folder = Path.Combine(_folder, name);
        var connection = await _cluster.CreateDatabaseAsync();
        var options = await TestServer.LayOutAsync(folder) with
        {
            Database = new DatabaseSection { Engine = DatabaseEngine.Postgresql, Connection = connection },
        };
        await File.WriteAllTextAsync(Path.Combine(folder, ConfigurationFile.DefaultName), ConfigurationText.Annotated(options));
        return (folder, connection);
    }

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    private static async Task RunAsync(string folder, string input, params string[] arguments)
    {
        var run = await CommandRun.OfAsync(folder, input, arguments);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', arguments)}: {run.Output}{run.Error}");
    }

    /// <summary>How many rows each table has, and a hash of them all.</summary>
    private static async Task<List<string>> ReadAsync(string connection)
    {
        await using var server = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connection) { Pooling = false }.ConnectionString);
        await server.OpenAsync();
        var tables = new List<string>();
        await using (var names = new NpgsqlCommand(Tables, server))
        await using (var row = await names.ExecuteReaderAsync())
        {
            while (await row.ReadAsync())
                tables.Add(row.GetString(0));
        }
        var found = new List<string>();
        foreach (var table in tables)
        {
            await using var hash = new NpgsqlCommand(
                $"SELECT count(*) || ' ' || coalesce(md5(string_agg(line, '\n' ORDER BY line)), '') FROM (SELECT (to_jsonb(t) - {Renewed})::text AS line FROM \"{table}\" t) AS lines", server);
            found.Add($"{table} {await hash.ExecuteScalarAsync()}");
        }
        return found;
    }
}
