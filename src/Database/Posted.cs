namespace UnifiedMsg.Database;

/// <summary>What a posted query gives. See <see cref="IWriteSession.PostQueryAsync"/>.</summary>
public sealed class Posted
{
    private bool _isThere;
    private long? _value;

    /// <summary>The first column of the first row as an integer, or null when there is no row or the value is NULL.</summary>
    /// <exception cref="InvalidOperationException">No later statement was awaited yet.</exception>
    public long? Value => _isThere ? _value : throw new InvalidOperationException("The outcome of a posted query comes with that of the next statement.");

    internal void Set(long? value) => (_isThere, _value) = (true, value);
}
