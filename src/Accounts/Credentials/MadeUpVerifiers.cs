using System.Security.Cryptography;
using System.Text;
using UnifiedMsg.Database;

namespace UnifiedMsg.Accounts.Credentials;

/// <summary>
/// Verifiers for names that don't exist, or have no password: always the same for the same name, derived from a secret of this
/// server, so that an attacker can't tell them from real ones, not even across restarts.
/// </summary>
internal sealed class MadeUpVerifiers(byte[] secret, int iterations)
{
    private const string SecretName = "made-up-verifiers";

    public static async Task<MadeUpVerifiers> OpenAsync(IDatabase database, int iterations, CancellationToken cancellationToken)
    {
        byte[] fresh = RandomNumberGenerator.GetBytes(SlowHash.Octets);
        byte[]? secret = await database.ReadAsync(FindAsync, cancellationToken);
        secret ??= await database.WriteAsync(
            async session =>
            {
                await session.ExecuteAsync(
                    "INSERT INTO account_secrets(name, value) VALUES(@p0, @p1) ON CONFLICT(name) DO NOTHING", SecretName, fresh);
                return await FindAsync(session);
            },
            cancellationToken);
        return new MadeUpVerifiers(secret!, iterations);
    }

    public ScramVerifier For(string address) => new(
        Derive("salt", address)[..SlowHash.SaltOctets], iterations, Derive("stored", address), Derive("server", address));

    private static ValueTask<byte[]?> FindAsync(IReadSession session) => session.QueryFirstAsync(
        "SELECT value FROM account_secrets WHERE name = @p0", row => row.GetFieldValue<byte[]>(0), SecretName);

    private byte[] Derive(string purpose, string address) =>
        HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{purpose}\0{address}"));
}
