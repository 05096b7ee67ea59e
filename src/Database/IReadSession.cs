using System.Data.Common;

namespace UnifiedMsg.Database;

/// <summary>
/// Statements of one snapshot. SQL names its parameters <c>@p0</c>, <c>@p1</c> … in the order of the arguments; each distinct
/// text is prepared once per connection, so never build SQL out of values.
/// </summary>
/// <remarks>Arguments may be <see cref="long"/>, <see cref="int"/>, <see cref="uint"/>, <see cref="bool"/>, <see cref="double"/>,
/// <see cref="string"/>, <see cref="byte"/> arrays, <see cref="ReadOnlyMemory{T}"/> of bytes, <see cref="DateTimeOffset"/>
/// (stored as UTC microseconds since 1970) or null. <c>INDEXED BY</c> is for SQLite, which keeps no figures to choose an index by. What is PostgreSQL's alone may also use arrays of <see cref="int"/>,
/// <see cref="long"/> and <see cref="string"/>.</remarks>
public interface IReadSession
{
    /// <summary>Every row, mapped, in the order of the query.</summary>
    ValueTask<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> map, params object?[] arguments);

    /// <summary>The first row, mapped, or the default value of <typeparamref name="T"/> when there is none.</summary>
    ValueTask<T?> QueryFirstAsync<T>(string sql, Func<DbDataReader, T> map, params object?[] arguments);

    /// <summary>The first column of the first row as an integer, or null when there is no row or the value is NULL.</summary>
    ValueTask<long?> QueryLongAsync(string sql, params object?[] arguments);
}

/// <summary>Statements of one unit of work, all committed or none.</summary>
/// <remarks>
/// On PostgreSQL each statement sees what was committed before it began. A unit that decides by what it read first locks it: rows by
/// a query that ends in <c>FOR UPDATE</c> (or <c>FOR UPDATE SKIP LOCKED</c>), rows that may not be there yet by
/// <see cref="LockAsync"/>. SQLite, where one unit runs after the other, skips both. Units that lock several of one kind do so in
/// ascending order, so that no two wait for each other.
/// </remarks>
public interface IWriteSession : IReadSession
{
    /// <summary>Runs a statement and returns the number of rows it changed.</summary>
    ValueTask<int> ExecuteAsync(string sql, params object?[] arguments);

    /// <summary>Runs a statement whose outcome the unit does not ask for. On PostgreSQL it goes to the server along with the next one, or with
    /// the commit, and so costs no turn of its own; if it fails, that one does.</summary>
    ValueTask PostAsync(string sql, params object?[] arguments);

    /// <summary>As <see cref="PostAsync"/>, for a query whose outcome is asked for only after the next statement.</summary>
    ValueTask<Posted> PostQueryAsync(string sql, params object?[] arguments);

    /// <summary>Waits until no other unit holds this number, and holds it until this unit ends. A number that stands for something by
    /// its hash may stand for something else too: then one waits without need.</summary>
    ValueTask LockAsync(long key);

    /// <summary>Tells the other servers on this database, if and once this unit is committed. See <see cref="IDatabase.Listen"/>.</summary>
    /// <param name="topic">Which notices: letters and digits.</param>
    /// <param name="text">At most <see cref="MaxNoticeOctets"/> octets. The same text twice in one unit arrives once.</param>
    void Notify(string topic, string text);

    /// <summary>PostgreSQL takes 8,000 octets, of which some are ours.</summary>
    const int MaxNoticeOctets = 7_900;

    /// <summary>Runs <paramref name="action"/> once this unit is durable, before the unit's task completes; never when it is undone.
    /// It must be quick and must not throw: this is where change notices are published. No two run at the same time.</summary>
    void OnCommitted(Action action);
}
