using System.Security.Cryptography;
using UnifiedMsg.Database;

namespace UnifiedMsg.Accounts.Credentials;

/// <summary>Makes and checks the verifiers of passwords.</summary>
internal sealed class PasswordChecker(
    IDatabase database, SlowHash slowHash, MadeUpVerifiers madeUp, VerifiedPasswords verified, AccountsOptions options)
{
    /// <exception cref="DirectoryException">It can't be a password.</exception>
    public async Task<ScramVerifier> MakeVerifierAsync(string password, CancellationToken cancellationToken)
    {
        if (!PasswordText.TryPrepare(password, out byte[] octets))
            throw new DirectoryException("This can't be a password: it is empty, longer than 1024 characters, or has control characters.");
        byte[] salt = RandomNumberGenerator.GetBytes(SlowHash.SaltOctets);
        byte[] salted = await slowHash.DeriveAsync(octets, salt, options.PasswordIterations, cancellationToken);
        return new ScramVerifier(salt, options.PasswordIterations, ScramKeys.StoredKey(salted), ScramKeys.ServerKey(salted));
    }

    public async ValueTask<ScramVerifier> FindVerifierAsync(string address, CancellationToken cancellationToken)
    {
        string normal = AddressSyntax.Normalize(address);
        ScramVerifier? found = await database.ReadAsync(
            session => session.QueryFirstAsync(
                "SELECT scram_salt, scram_iterations, scram_stored_key, scram_server_key FROM accounts "
                + "WHERE scram_salt IS NOT NULL AND id = (SELECT account_id FROM account_addresses WHERE address = @p0)",
                row => new ScramVerifier(
                    row.GetFieldValue<byte[]>(0), row.GetInt32(1), row.GetFieldValue<byte[]>(2), row.GetFieldValue<byte[]>(3)),
                normal),
            cancellationToken);
        return found ?? madeUp.For(normal);
    }

    /// <summary>Costs one derivation whether or not the name exists, except for a password verified a short while ago.</summary>
    public async ValueTask<bool> VerifyAsync(string address, string password, CancellationToken cancellationToken)
    {
        string normal = AddressSyntax.Normalize(address);
        ScramVerifier verifier = await FindVerifierAsync(normal, cancellationToken);
        bool possible = PasswordText.TryPrepare(password, out byte[] octets);
        if (possible && verified.IsKnown(normal, octets, verifier))
            return true;
        byte[] salted = await slowHash.DeriveAsync(octets, verifier.Salt, verifier.Iterations, cancellationToken);
        // The stored key of a made-up verifier is no hash of anything known, so no password fits it.
        if (!possible || !CryptographicOperations.FixedTimeEquals(ScramKeys.StoredKey(salted), verifier.StoredKey))
            return false;
        verified.Remember(normal, octets, verifier);
        return true;
    }
}
