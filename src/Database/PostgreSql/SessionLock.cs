using Npgsql;

namespace UnifiedMsg.Database.PostgreSql;

/// <summary>
/// A number that at most one server holds, for as long as its connection lives: when the server is gone, another may have it. Whoever lost
/// his connection may learn of it later than the next holder, so what is done under it must be right when two do it, if not as cheap.
/// </summary>
public sealed class SessionLock : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly long _key;
    private NpgsqlConnection? _connection;

    internal SessionLock(NpgsqlDataSource source, long key) => (_source, _key) = (source, key);

    /// <summary>Whether it was held when last asked.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>Holds it if nobody else does; asks the server, also when it is held already.</summary>
    /// <exception cref="DatabaseException">The server can't be reached.</exception>
    public async ValueTask<bool> TryHoldAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (IsHeld && await IsAliveAsync(cancellationToken))
                return true;
            _connection ??= await _source.OpenConnectionAsync(cancellationToken);
            return IsHeld = await TakeAsync(_connection, cancellationToken);
        }
        catch (NpgsqlException fault)
        {
            await ReleaseAsync();
            throw new DatabaseException($"The database can't be reached: {fault.Message}", fault);
        }
        catch (OperationCanceledException)
        {
            await ReleaseAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ReleaseAsync();

    private async ValueTask<bool> IsAliveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var command = new NpgsqlCommand("SELECT 1", _connection);
            await command.ExecuteScalarAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            await ReleaseAsync();
            return false;
        }
    }

    // It is not waited for on the server: a statement that waits for days would keep it from removing old rows.
    private async ValueTask<bool> TakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection);
        command.Parameters.Add(Session.Bind(_key));
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async ValueTask ReleaseAsync()
    {
        IsHeld = false;
        if (_connection is not null)
            await _connection.DisposeAsync();
        _connection = null;
    }
}
