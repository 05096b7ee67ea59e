using Microsoft.Data.Sqlite;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Search;
using UnifiedMsg.TestKit;
using static UnifiedMsg.Store.Tests.Search.SearchedMail;

namespace UnifiedMsg.Store.Tests.Search;

public sealed class RebuildStatusTests
{
    private const int IndexDamaged = 6030;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_index_that_failed_is_told_as_being_built_once_it_is_made_anew()
    {
        await using TestStore test = await TestStore.OpenAsync();
        Folder inbox = await test.InboxAsync();
        await test.AppendAsync(inbox, Message("one", "body"));
        await using var database = new HeldDatabase(test.Database);
        var searched = new TaskCompletionSource();
        // The indexer, which logs this, begins anew when the search is over, and waits where it first reads the store.
        var log = new LogRecorder
        {
            Logged = entry =>
            {
                if (entry.Id != IndexDamaged)
                    return;
                searched.Task.Wait(Token);
                database.Hold();
            },
        };
        await using ItemStore store = await ItemStore.OpenAsync(database, test.Options, log, test.Time, Token);
        store.Search.Start(new SearchOptions { File = test.SearchFile, Pace = 100 });
        await store.Search.CatchUpAsync(Token);
        Assert.Equal(SearchState.Current, store.Search.Status.State);
        await LoseTableAsync(test.SearchFile);
        Assert.Equal([1u], await store.SearchAsync(inbox.Id, new TextQuery(SearchField.Text, "body"), cancellationToken: Token));
        Assert.Equal(SearchState.Failed, store.Search.Status.State);
        searched.SetResult();
        await database.Held.WaitAsync(Token);
        Assert.Equal(SearchState.Building, store.Search.Status.State);
        database.LetGo();
        await store.Search.CatchUpAsync(Token);
        Assert.Equal(SearchState.Current, store.Search.Status.State);
    }

    private static async Task LoseTableAsync(string file)
    {
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        await connection.OpenAsync(Token);
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "DROP TABLE docs";
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>Lets whoever reads wait.</summary>
    private sealed class HeldDatabase(IDatabase inner) : IDatabase
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _holds;

        /// <summary>Completes when somebody waits.</summary>
        public Task Held => _held.Task;

        public bool TakesArrays => inner.TakesArrays;

        public void Hold() => _holds = true;

        public void LetGo() => _letGo.SetResult();

        public async ValueTask<T> ReadAsync<T>(Func<IReadSession, ValueTask<T>> query, CancellationToken cancellationToken = default)
        {
            if (_holds)
            {
                _held.TrySetResult();
                await _letGo.Task.WaitAsync(cancellationToken);
            }
            return await inner.ReadAsync(query, cancellationToken);
        }

        public Task<T> WriteAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default) =>
            inner.WriteAsync(unit, cancellationToken);

        public Task<T> WriteLargeAsync<T>(Func<IWriteSession, ValueTask<T>> unit, CancellationToken cancellationToken = default) =>
            inner.WriteLargeAsync(unit, cancellationToken);

        public IDisposable Listen(string topic, Func<string?, ValueTask> onNotice) => inner.Listen(topic, onNotice);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
