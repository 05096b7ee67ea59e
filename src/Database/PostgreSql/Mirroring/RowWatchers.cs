namespace UnifiedMsg.Database.PostgreSql.Mirroring;

/// <summary>Who wants to hear of rows that are inserted or changed.</summary>
internal sealed class RowWatchers
{
    private readonly Lock _lock = new();
    private readonly List<Watcher> _watchers = [];

    public IDisposable Add(string table, IReadOnlyList<string> columns, Action<IReadOnlyList<object?>> onRow)
    {
        var watcher = new Watcher(this, table, columns, onRow);
        lock (_lock)
            _watchers.Add(watcher);
        return watcher;
    }

    public void Tell(MirrorTable table, object?[] row)
    {
        Watcher[] told;
        lock (_lock)
        {
            if (_watchers.Count == 0)
                return;
            told = [.. _watchers.Where(watcher => watcher.Table == table.Name)];
        }
        foreach (Watcher watcher in told)
            watcher.Tell(table, row);
    }

    private sealed class Watcher(RowWatchers owner, string table, IReadOnlyList<string> columns, Action<IReadOnlyList<object?>> onRow) : IDisposable
    {
        public string Table => table;

        public void Tell(MirrorTable of, object?[] row) =>
            onRow([.. columns.Select(name => row[of.Columns.TakeWhile(column => column.Name != name).Count()])]);

        public void Dispose()
        {
            lock (owner._lock)
                owner._watchers.Remove(this);
        }
    }
}
