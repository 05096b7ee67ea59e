using System.Security.Cryptography;
using System.Text;
using UnifiedMsg.Database;

namespace UnifiedMsg.Accounts.Credentials;

/// <summary>A PIN as it is kept.</summary>
internal sealed record PinVerifier(byte[] Salt, int Iterations, byte[] Hash);

/// <summary>Makes and checks PINs. The attempts and the lock-out are in the database, so a restart does not give new attempts.</summary>
internal sealed class PinChecker(IDatabase database, SlowHash slowHash, AccountsOptions options, TimeProvider time)
{
    public async Task<PinVerifier> MakeVerifierAsync(string pin, CancellationToken cancellationToken)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SlowHash.SaltOctets);
        return new PinVerifier(
            salt, options.PinIterations, await HashAsync(pin, salt, options.PinIterations, cancellationToken));
    }

    public async ValueTask<PinResult> VerifyAsync(long accountId, string pin, CancellationToken cancellationToken)
    {
        // The attempt is charged before the PIN is looked at: calls in parallel can't share one, and a crash does not refund it.
        (PinResult? refusal, PinVerifier? verifier) =
            await database.WriteAsync(session => ChargeAsync(session, accountId), cancellationToken);
        if (refusal is not null)
            return refusal.Value;
        byte[] hash = await HashAsync(pin, verifier!.Salt, verifier.Iterations, cancellationToken);
        if (!CryptographicOperations.FixedTimeEquals(hash, verifier.Hash))
            return PinResult.Wrong;
        await database.WriteAsync(
            session => session.ExecuteAsync("UPDATE accounts SET pin_failures = 0, pin_locked_until = 0 WHERE id = @p0", accountId),
            cancellationToken);
        return PinResult.Right;
    }

    private async ValueTask<(PinResult? Refusal, PinVerifier? Verifier)> ChargeAsync(IWriteSession session, long accountId)
    {
        DateTimeOffset now = time.GetUtcNow();
        (PinVerifier? verifier, int failures, DateTimeOffset lockedUntil) = await session.QueryFirstAsync(
            "SELECT pin_salt, pin_iterations, pin_hash, pin_failures, pin_locked_until FROM accounts WHERE id = @p0 AND pin_salt IS NOT NULL "
            + "FOR UPDATE",
            row => ((PinVerifier?)new PinVerifier(row.GetFieldValue<byte[]>(0), row.GetInt32(1), row.GetFieldValue<byte[]>(2)),
                row.GetInt32(3), row.GetTime(4)),
            accountId);
        if (verifier is null)
            return (PinResult.Wrong, null);
        if (now < lockedUntil)
            return (PinResult.LockedOut, null);
        bool last = failures + 1 >= options.PinAttempts;
        await session.ExecuteAsync(
            "UPDATE accounts SET pin_failures = @p1, pin_locked_until = @p2 WHERE id = @p0",
            accountId, last ? 0 : failures + 1, last ? now + options.PinLockOut : DateTimeOffset.UnixEpoch);
        return (null, verifier);
    }

    private Task<byte[]> HashAsync(string pin, byte[] salt, int iterations, CancellationToken cancellationToken) =>
        slowHash.DeriveAsync(Encoding.UTF8.GetBytes(pin), salt, iterations, cancellationToken);
}
