using System.Diagnostics;
using Npgsql;

namespace UnifiedMsg.TestEngines;

/// <summary>
/// A PostgreSQL server of the tests' own, in a temporary folder, to be reached by a socket in it. A shell keeps it: it takes orders line by
/// line, and when they end, because the tests have ended in whatever way, it stops the server and removes the folder.
/// </summary>
public sealed class PostgreSqlCluster : IAsyncDisposable
{
    /// <summary>How a server that runs already is reached, as somebody who may make databases.</summary>
    public const string GivenServer = "UNIFIEDMSG_TEST_POSTGRESQL";

    private const string User = "postgres";

    // The rules of a language for texts, so that a test fails where the order of octets is meant and not said.
    private const string Script = """
        set -e
        folder=$(mktemp -d /tmp/unifiedmsg-pg-XXXXXX)
        end() { pg_ctl -D "$folder/data" -m immediate stop >/dev/null 2>&1 </dev/null || true; rm -rf "$folder"; }
        trap end EXIT
        start() { pg_ctl -D "$folder/data" -w -t 120 -l "$folder/log" -o "-p 5432 -k $folder -c listen_addresses= -c max_connections=400" start >/dev/null </dev/null; }
        initdb -D "$folder/data" -N -A trust -U postgres -E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en >/dev/null </dev/null
        sed -i '1i local all guarded scram-sha-256' "$folder/data/pg_hba.conf" # for the test of a wrong password
        start
        echo "$folder"
        while read -r order; do
            case "$order" in
                kill) pg_ctl -D "$folder/data" -m immediate stop >/dev/null </dev/null ;;
                start) start ;;
                keep) pg_ctl -D "$folder/data" -m immediate stop >/dev/null 2>&1 </dev/null || true; cp -r "$folder" "$folder-kept" ;;
            esac
            echo "$order"
        done
        """;

    private static readonly Lazy<Task<PostgreSqlCluster>> Shared = new(OpenSharedAsync);
    private static int _databases;

    private readonly Process? _keeper;
    private readonly string _connection;
    private readonly string _folder;

    private PostgreSqlCluster(Process? keeper, string folder, string connection)
    {
        _keeper = keeper;
        _folder = folder;
        _connection = connection;
    }

    /// <summary>The server that all tests of the process share.</summary>
    public static Task<PostgreSqlCluster> SharedAsync() => Shared.Value;

    /// <summary>Starts one for a test that stops it in between.</summary>
    public static async Task<PostgreSqlCluster> StartAsync()
    {
        string programs = FindPrograms();
        var start = new ProcessStartInfo { RedirectStandardInput = true, RedirectStandardOutput = true };
        // The server refuses to run as root.
        foreach (string word in Environment.UserName == "root" ? (string[])["runuser", "-u", User, "--", "sh", "-c", Script] : ["sh", "-c", Script])
        {
            if (start.FileName.Length == 0)
                start.FileName = word;
            else
                start.ArgumentList.Add(word);
        }
        start.Environment["PATH"] = $"{programs}:{Environment.GetEnvironmentVariable("PATH")}";
        start.WorkingDirectory = "/";
        Process keeper = Process.Start(start)!;
        string? folder = await keeper.StandardOutput.ReadLineAsync();
        return folder is not null
            ? new PostgreSqlCluster(keeper, folder, $"Host={folder};Port=5432;Username={User};Database=postgres")
            : throw new InvalidOperationException("PostgreSQL did not start; its words are above.");
    }

    /// <summary>Ends the server as a power cut would.</summary>
    public Task KillAsync() => OrderAsync("kill");

    /// <summary>Starts it again.</summary>
    public Task RestartAsync() => OrderAsync("start");

    /// <summary>Ends the server and copies its files for who looks into what went wrong; returns where to.</summary>
    public async Task<string> KeepAsync()
    {
        await OrderAsync("keep");
        return $"{_folder}-kept";
    }

    /// <summary>Makes a database; returns how it is reached.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        string name = $"test_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}";
        string connection = new NpgsqlConnectionStringBuilder(_connection) { Database = name }.ConnectionString;
        await CreateDatabaseAsync(connection);
        return connection;
    }

    /// <summary>Makes a database of this name.</summary>
    public Task CreateDatabaseAsync(string connection) =>
        RunAsync($"CREATE DATABASE {new NpgsqlConnectionStringBuilder(connection).Database} ENCODING 'UTF8' TEMPLATE template0");

    /// <summary>Removes a database.</summary>
    public Task DropDatabaseAsync(string connection) =>
        RunAsync($"DROP DATABASE {new NpgsqlConnectionStringBuilder(connection).Database} WITH (FORCE)");

    /// <summary>Runs a statement as the server's administrator, in a database or in none in particular.</summary>
    public async Task RunAsync(string sql, string? connection = null)
    {
        await using var own = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connection ?? _connection) { Pooling = false }.ConnectionString);
        await own.OpenAsync();
        await using var command = new NpgsqlCommand(sql, own) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A database as SQL that any connection can run.</summary>
    public static async Task<string> DumpAsync(string connection)
    {
        var where = new NpgsqlConnectionStringBuilder(connection);
        var start = new ProcessStartInfo(
            Path.Combine(FindPrograms(), "pg_dump"), ["--inserts", "--no-owner", "--no-privileges", "-h", where.Host!, "-p", $"{where.Port}", "-U", where.Username!, where.Database!])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["PGPASSWORD"] = where.Password;
        using Process process = Process.Start(start)!;
        string[] lines = (await process.StandardOutput.ReadToEndAsync()).Split('\n');
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException("pg_dump failed; its words are above.");
        // Later versions keep psql from commands of its own in the dump, by commands of its own.
        return string.Join('\n', lines.Where(line => !line.StartsWith("\\restrict", StringComparison.Ordinal) && !line.StartsWith("\\unrestrict", StringComparison.Ordinal)));
    }

    /// <summary>The next commit that puts something into a table (or takes it out), and each after it, breaks the connection: who made it
    /// does not know whether it happened. It did not.</summary>
    public Task BreakCommitsAsync(string table, string connection, string change = "INSERT") => RunAsync(
        $"""
        CREATE OR REPLACE FUNCTION break_commit() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER breaks AFTER {change} ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION break_commit();
        """,
        connection);

    /// <summary>Waits until a commit was broken.</summary>
    public Task WaitUntilBrokenAsync(string connection) => WaitAsync("SELECT sessions_killed FROM pg_stat_database WHERE datname = $1", connection, killed => killed > 0);

    /// <summary>Commits work again.</summary>
    public Task MendCommitsAsync(string table, string connection) => RunAsync($"DROP TRIGGER breaks ON {table}", connection);

    /// <summary>Waits until nobody is connected to a database: what a program that was killed had under way is committed or undone.</summary>
    public Task WaitUntilUnusedAsync(string connection) => WaitAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = $1", connection, count => count == 0);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_keeper is null)
            return;
        _keeper.StandardInput.Close();
        await _keeper.WaitForExitAsync();
        _keeper.Dispose();
    }

    private static async Task<PostgreSqlCluster> OpenSharedAsync() =>
        Environment.GetEnvironmentVariable(GivenServer) is { Length: > 0 } given ? new PostgreSqlCluster(null, "", given) : await StartAsync();

    private static string FindPrograms()
    {
        const string Versions = "/usr/lib/postgresql";
        string? found = System.IO.Directory.Exists(Versions)
            ? System.IO.Directory.GetDirectories(Versions)
                .Where(folder => int.TryParse(Path.GetFileName(folder), out int version) && version >= 15)
                .Select(folder => Path.Combine(folder, "bin"))
                .LastOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")))
            : null;
        if (found is not null)
            return found;
        const string Advice = "PostgreSQL 15 or later is not here; install it: apt-get install postgresql";
        // The prefix is xunit's word for a test that is skipped.
        throw new InvalidOperationException(Environment.GetEnvironmentVariable("CI") == "true" ? Advice : "$XunitDynamicSkip$" + Advice);
    }

    private async Task WaitAsync(string sql, string connection, Func<long, bool> isEnough)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await using var own = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_connection) { Pooling = false }.ConnectionString);
        await own.OpenAsync(guard.Token);
        var name = new NpgsqlParameter { Value = new NpgsqlConnectionStringBuilder(connection).Database };
        await using var command = new NpgsqlCommand(sql, own) { Parameters = { name } };
        while (!isEnough((long)(await command.ExecuteScalarAsync(guard.Token))!))
            await Task.Delay(5, guard.Token);
    }

    private async Task OrderAsync(string order)
    {
        if (_keeper is null)
            throw new InvalidOperationException("Only a server of the test's own can be stopped.");
        await _keeper.StandardInput.WriteLineAsync(order);
        await _keeper.StandardInput.FlushAsync();
        if (await _keeper.StandardOutput.ReadLineAsync() != order)
            throw new InvalidOperationException($"PostgreSQL did not {order}; its words are above.");
    }
}
