using System.Data;
using Npgsql;

namespace UnifiedMsg.Database.PostgreSql.Mirroring;

/// <summary>
/// Keeps the mirror a moment behind PostgreSQL: looks several times a second for the keys that were written down, and takes the rows that have them
/// over in one snapshot. All of it goes over one connection: when that breaks, the mirror has to be compared anew.
/// </summary>
internal sealed class MirrorFeed : IAsyncDisposable
{
    /// <summary>How often it is looked. By the system's clock, since it is other servers that are waited for; and not by notices, which would have all
    /// commits wait for each other.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>While everything was compared, much was written down. What is less than this is taken over in one go.</summary>
    private const int FewRows = 10_000;

    /// <summary>Whoever writes more than can be taken over is not waited for.</summary>
    private const int MaxRounds = 5;

    private readonly NpgsqlConnection _connection;
    private readonly ChangeCapture _capture;
    private readonly MirrorFile _mirror;
    private readonly IReadOnlyList<MigrationSet> _schemas;
    private readonly RowWatchers _watchers;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<MirrorSnapshot> _snapshots = [];
    private Task _running = Task.CompletedTask;
    private bool _isAlive = true;

    // The comparison brings rows, and not the numbers of rows that are gone.
    private bool _isFirst = true;

    private MirrorFeed(NpgsqlConnection connection, MirrorFile mirror, IReadOnlyList<MigrationSet> schemas, RowWatchers watchers, TimeProvider time)
    {
        (_connection, _mirror, _schemas, _watchers, _time) = (connection, mirror, schemas, watchers, time);
        _capture = new ChangeCapture(connection, mirror.Tables);
    }

    /// <summary>False once the mirror may lack something.</summary>
    public bool IsAlive
    {
        get
        {
            lock (_lock)
                return _isAlive;
        }
    }

    /// <summary>Makes the mirror as PostgreSQL is now, and goes on from there. The caller has the mirror's turn.</summary>
    public static async Task<MirrorFeed> StartAsync(
        NpgsqlDataSource source, MirrorFile mirror, IReadOnlyList<MigrationSet> schemas, RowWatchers watchers, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var feed = new MirrorFeed(await source.OpenConnectionAsync(cancellationToken), mirror, schemas, watchers, time);
        try
        {
            await feed._capture.BeginAsync(cancellationToken);
            await feed.CompareAsync(cancellationToken);
            for (int round = 1; await feed.RoundAsync() > FewRows && round < MaxRounds; round++)
                cancellationToken.ThrowIfCancellationRequested();
            feed._running = Task.Run(feed.RunAsync, CancellationToken.None);
            return feed;
        }
        catch
        {
            await feed.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes over what is committed now; returns how many rows that were. The caller has the mirror's turn.</summary>
    public async Task<long> RoundAsync()
    {
        try
        {
            return await TakeOverAsync();
        }
        catch (Exception fault)
        {
            // Whatever it was, the mirror may be amid two states.
            Break();
            if (fault is NpgsqlException)
                throw new DatabaseException($"The database can't be followed: {fault.Message}", fault);
            throw;
        }
    }

    /// <summary>A snapshot that is told when the mirror may lack something.</summary>
    public void Add(MirrorSnapshot snapshot)
    {
        lock (_lock)
        {
            _snapshots.Add(snapshot);
            if (!_isAlive)
                snapshot.Break();
        }
    }

    public void Remove(MirrorSnapshot snapshot)
    {
        lock (_lock)
            _snapshots.Remove(snapshot);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        bool wasAlive = IsAlive;
        Break();
        if (wasAlive && _connection.State == ConnectionState.Open)
            await RemoveTriggersAsync();
        await _connection.DisposeAsync();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested && IsAlive)
        {
            await Task.Delay(Poll, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stop.IsCancellationRequested)
                return;
            await _mirror.Turn.WaitAsync();
            try
            {
                if (IsAlive)
                    await RoundAsync();
            }
            catch (Exception)
            {
                // Those who follow find out why, when they ask for a new snapshot.
            }
            finally
            {
                _mirror.Turn.Release();
            }
        }
    }

    private async Task RemoveTriggersAsync()
    {
        try
        {
            await _capture.RemoveAsync(CancellationToken.None);
        }
        catch (NpgsqlException)
        {
            // The database went away. They do nothing without a follower.
        }
    }

    private void Break()
    {
        lock (_lock)
        {
            _isAlive = false;
            foreach (MirrorSnapshot snapshot in _snapshots)
                snapshot.Break();
        }
    }

    // The keys that this snapshot sees are of changes that it sees, which the comparison finds.
    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlTransaction transaction = await _connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await TableReader.RequireKnownAsync(_connection, _schemas, cancellationToken);
        await TableReader.CompareAsync(_connection, _mirror, cancellationToken);
        await _capture.ForgetAsync(_mirror.Tables, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task<long> TakeOverAsync()
    {
        DateTimeOffset time = _time.GetUtcNow();
        await using NpgsqlTransaction transaction = await _connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        List<MirrorTable> changed = await _capture.ReadChangedAsync(CancellationToken.None);
        if (changed.Exists(table => table.Name == "schema_migrations"))
            await TableReader.RequireKnownAsync(_connection, _schemas, CancellationToken.None);
        long count = 0, octets = 0;
        bool isAmid = false;
        var pending = new List<MirrorChange>();
        foreach (MirrorTable table in changed)
        {
            await using var command = new NpgsqlCommand(ChangeCapture.SelectChanged(table), _connection) { CommandTimeout = TableReader.TableSeconds };
            await using NpgsqlDataReader row = await command.ExecuteReaderAsync();
            for (; await row.ReadAsync(); count++)
            {
                pending.Add(Read(table, row));
                octets += TableReader.SizeOf(pending[^1].Row);
                if (pending.Count < TableReader.MaxRows && octets < TableReader.MaxOctets)
                    continue;
                await _mirror.ApplyAsync(pending, null);
                isAmid = true;
                octets = 0;
                pending.Clear();
            }
        }
        List<(string, long)> numbers = changed.Count > 0 || _isFirst ? await TableReader.ReadNumbersAsync(_connection, _mirror.Tables, CancellationToken.None) : [];
        await _mirror.ApplyAsync(pending, new MirrorState(time, numbers), endsEarlier: isAmid);
        _isFirst = false;
        if (changed.Count > 0)
            await _capture.ForgetAsync(changed, CancellationToken.None);
        await transaction.CommitAsync();
        return count;
    }

    private MirrorChange Read(MirrorTable table, NpgsqlDataReader row)
    {
        if (row.IsDBNull(table.KeyLength))
            return new MirrorChange(table, table.ReadKey(row), IsGone: true);
        var change = new MirrorChange(table, table.ReadRow(row, table.KeyLength), IsGone: false);
        _watchers.Tell(table, change.Row);
        return change;
    }
}
