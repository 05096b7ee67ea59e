namespace UnifiedMsg.Sip.Registrar;

/// <summary>Bindings that end with the process.</summary>
public sealed class MemoryLocationStore : ILocationStore
{
    private readonly Lock _sync = new();
    private readonly Dictionary<string, IReadOnlyList<SipBinding>> _bindings = [];

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SipBinding>> FindAsync(string addressOfRecord, CancellationToken cancellationToken)
    {
        lock (_sync)
            return new(_bindings.GetValueOrDefault(addressOfRecord) ?? []);
    }

    /// <inheritdoc/>
    public ValueTask ChangeAsync(
        string addressOfRecord, Func<IReadOnlyList<SipBinding>, IReadOnlyList<SipBinding>?> change, CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            if (change(_bindings.GetValueOrDefault(addressOfRecord) ?? []) is not { } changed)
                return ValueTask.CompletedTask;
            if (changed.Count > 0)
                _bindings[addressOfRecord] = changed;
            else
                _bindings.Remove(addressOfRecord);
        }
        return ValueTask.CompletedTask;
    }
}
