using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using UnifiedMsg.Store;

namespace UnifiedMsg.Benchmarks.Store;

/// <summary>
/// The yardstick: one loop that writes the rows of an append into the same tables with the same pragmas, whatever waits under one
/// commit. It has nothing of ours between the caller and SQLite, and looks nothing up: no hash, no summary.
/// </summary>
internal sealed class BareLoop : IAsyncDisposable
{
    private readonly SqliteConnection _connection;
    private readonly BlockingCollection<(byte[] Content, TaskCompletionSource Done)> _queue = [];
    private readonly TaskCompletionSource _stopped = new();
    private readonly byte[] _summary = new byte[200];
    private long _number;

    public BareLoop(string path)
    {
        SQLitePCL.Batteries_V2.Init();
        _connection = new SqliteConnection($"Data Source={path};Pooling=False");
        _connection.Open();
        Execute("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; "
            + "PRAGMA wal_autocheckpoint = 8192");
        foreach (var step in StoreSchema.Migrations.Steps)
            Execute(step.Sql);
        Execute("INSERT INTO store_accounts(account_id, modseq, uid_validity) VALUES(1, 1, 1); "
            + "INSERT INTO store_folders(id, account_id, path, special_use, subscribed, uid_validity, uid_next, highest_modseq, tombstone_floor, "
            + "tombstone_count, item_count, unseen_count, deleted_count, size) VALUES(1, 1, 'INBOX', 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0)");
        new Thread(Run) { IsBackground = true }.Start();
    }

    public Task AppendAsync(byte[] content)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Add((content, done));
        return done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        await _stopped.Task;
        _queue.Dispose();
        await _connection.DisposeAsync();
    }

    private void Run()
    {
        using SqliteCommand begin = Prepare("BEGIN IMMEDIATE");
        using SqliteCommand commit = Prepare("COMMIT");
        using SqliteCommand content = Prepare(
            "INSERT INTO store_contents(id, hash_key, hash, size, place, refs, summary, form, key_number) VALUES($n, $k, $h, $s, 0, 1, $b, 0, 0)",
            "$n", "$k", "$h", "$s", "$b");
        using SqliteCommand body = Prepare("INSERT INTO store_bodies VALUES($n, $b)", "$n", "$b");
        using SqliteCommand thread = Prepare("INSERT INTO store_thread_keys VALUES(1, $k, $n)", "$k", "$n");
        using SqliteCommand account = Prepare(
            "UPDATE store_accounts SET modseq = modseq + 1, item_count = item_count + 1, size = size + $s WHERE account_id = 1", "$s");
        using SqliteCommand folder = Prepare(
            "UPDATE store_folders SET uid_next = uid_next + 1, highest_modseq = $n, item_count = item_count + 1, size = size + $s WHERE id = 1", "$n", "$s");
        using SqliteCommand item = Prepare(
            "INSERT INTO store_items(folder_id, uid, id, modseq, kind, flags, internal_date, size, content_id, thread_id) VALUES(1, $n, $n, $n, 0, 0, $d, $s, $n, $n)",
            "$n", "$d", "$s");
        var batch = new List<TaskCompletionSource>();
        var random = new Random(1);
        byte[] hash = new byte[32];
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            begin.ExecuteNonQuery();
            var next = first;
            do
            {
                long number = ++_number;
                random.NextBytes(hash);
                Run(content, number, BitConverter.ToInt64(hash), hash, next.Content.Length, _summary);
                Run(body, number, next.Content);
                Run(thread, BitConverter.ToInt64(hash, 8), number);
                Run(account, next.Content.Length);
                Run(folder, number, next.Content.Length);
                Run(item, number, DateTime.UtcNow.Ticks, next.Content.Length);
                batch.Add(next.Done);
            }
            while (batch.Count < 512 && _queue.TryTake(out next));
            commit.ExecuteNonQuery();
            foreach (TaskCompletionSource done in batch)
                done.SetResult();
            batch.Clear();
        }
        _stopped.SetResult();
    }

    private static void Run(SqliteCommand command, params object[] values)
    {
        for (int i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i];
        command.ExecuteNonQuery();
    }

    private SqliteCommand Prepare(string sql, params string[] parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (string parameter in parameters)
            command.Parameters.Add(new SqliteParameter(parameter, null));
        command.Prepare();
        return command;
    }

    private void Execute(string sql)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
