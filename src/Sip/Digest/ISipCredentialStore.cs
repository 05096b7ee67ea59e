namespace UnifiedMsg.Sip.Digest;

/// <summary>Where digest secrets come from.</summary>
public interface ISipCredentialStore
{
    /// <summary>
    /// The secret of a user (<see cref="DigestHash.Secret"/>), or null when there is no such user. It should take the same time either
    /// way.
    /// </summary>
    ValueTask<byte[]?> FindAsync(string user, string realm, DigestAlgorithm algorithm, CancellationToken cancellationToken);
}
