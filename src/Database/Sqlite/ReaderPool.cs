using System.Collections.Concurrent;

namespace UnifiedMsg.Database.Sqlite;

/// <summary>Connections that read, each query on a snapshot of its own.</summary>
internal sealed class ReaderPool(Func<Connection> open, int size) : IAsyncDisposable
{
    private readonly SemaphoreSlim _free = new(size);
    private readonly ConcurrentStack<Connection> _idle = new();

    public async ValueTask<T> ReadAsync<T>(Func<IReadSession, ValueTask<T>> query, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            if (!_idle.TryPop(out Connection? connection))
                connection = open();
            return await ReadAsync(connection, query);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Waits for the queries that run.</summary>
    public async ValueTask DisposeAsync()
    {
        for (int i = 0; i < size; i++)
            await _free.WaitAsync(CancellationToken.None);
        while (_idle.TryPop(out Connection? connection))
            connection.Dispose();
        // The semaphore stays taken, so that a late query waits for its own cancellation instead of opening a connection.
    }

    private async ValueTask<T> ReadAsync<T>(Connection connection, Func<IReadSession, ValueTask<T>> query)
    {
        bool sound = false;
        var session = new Session(connection);
        try
        {
            // Deferred: the snapshot is taken by the first statement, and holds until the end.
            connection.Execute("BEGIN");
            try
            {
                return await query(session);
            }
            finally
            {
                session.Close();
                connection.Execute("ROLLBACK");
                sound = true;
            }
        }
        finally
        {
            if (sound)
                _idle.Push(connection);
            else
                connection.Dispose();
        }
    }
}
