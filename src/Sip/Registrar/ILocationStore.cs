namespace UnifiedMsg.Sip.Registrar;

/// <summary>Keeps the bindings of all addresses of record. Those that have expired may still be given; the reader looks at the time.</summary>
public interface ILocationStore
{
    /// <summary>The bindings of one address of record.</summary>
    ValueTask<IReadOnlyList<SipBinding>> FindAsync(string addressOfRecord, CancellationToken cancellationToken);

    /// <summary>
    /// Changes the bindings of one address of record, in one step that is durable when it completes: what <paramref name="change"/>
    /// makes of those that are there takes their place.
    /// </summary>
    /// <param name="addressOfRecord">Whose.</param>
    /// <param name="change">Gives the new bindings, or null for no change. It does nothing else, and may run more than once.</param>
    /// <param name="cancellationToken">Withdraws a change that has not begun.</param>
    ValueTask ChangeAsync(
        string addressOfRecord, Func<IReadOnlyList<SipBinding>, IReadOnlyList<SipBinding>?> change, CancellationToken cancellationToken);
}
