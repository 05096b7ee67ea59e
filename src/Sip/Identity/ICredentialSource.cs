namespace UnifiedMsg.Sip.Identity;

/// <summary>Fetches the certificates of signers.</summary>
public interface ICredentialSource
{
    /// <summary>What is at that address: a chain in PEM, or one certificate in DER (RFC 8224 §7, application/pkix-cert and application/pem-certificate-chain).</summary>
    /// <exception cref="HttpRequestException">It can't be had.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    Task<FetchedCredential> FetchAsync(Uri address, CancellationToken cancellationToken);
}

/// <summary>What was fetched.</summary>
/// <param name="Content">PEM or DER.</param>
/// <param name="MaxAge">How long its server wants it kept; null when it does not say.</param>
public sealed record FetchedCredential(byte[] Content, TimeSpan? MaxAge);
