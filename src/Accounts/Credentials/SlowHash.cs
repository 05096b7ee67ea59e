using System.Security.Cryptography;

namespace UnifiedMsg.Accounts.Credentials;

/// <summary>PBKDF2 with SHA-256, on the thread pool and on so many cores at most that log-ins can't stop the calls.</summary>
internal sealed class SlowHash : IDisposable
{
    public const int Octets = 32;
    public const int SaltOctets = 16;

    private readonly SemaphoreSlim _cores = new(Math.Max(1, Environment.ProcessorCount / 2));

    public async Task<byte[]> DeriveAsync(byte[] secret, byte[] salt, int iterations, CancellationToken cancellationToken)
    {
        await _cores.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(
                () => Rfc2898DeriveBytes.Pbkdf2(secret, salt, iterations, HashAlgorithmName.SHA256, Octets), cancellationToken);
        }
        finally
        {
            _cores.Release();
        }
    }

    public void Dispose() => _cores.Dispose();
}
