using System.Security.Cryptography;
using System.Text;
using UnifiedMsg.Database;

namespace UnifiedMsg.Accounts.Credentials;

/// <summary>
/// The passwords of phones. Digest authentication needs H(name:realm:password), which no SCRAM verifier gives, so a phone has a password
/// of its own. It holds for both names that people type into a phone: the address and the extension.
/// </summary>
internal sealed class PhoneSecrets(string realm)
{
    // Whoever hears one digest go by can try passwords at leisure, some billions a second.
    private const int MinCharacters = 10;
    private const int MaxCharacters = 128;

    /// <summary>Sets the password, or removes it when it is empty.</summary>
    /// <exception cref="DirectoryException">It can't be one.</exception>
    public async ValueTask SetAsync(IWriteSession session, long accountId, string address, string? extension, string password)
    {
        await RemoveAsync(session, accountId);
        if (password.Length == 0)
            return;
        Require(password);
        foreach (string name in extension is null ? [address] : (string[])[address, extension])
        {
            byte[] text = Encoding.UTF8.GetBytes($"{name}:{realm}:{password}");
#pragma warning disable CA5351 // MD5 is what RFC 3261 §22.4 demands and most phones know alone; SHA-256 is asked for first.
            await session.ExecuteAsync(
                "INSERT INTO account_phone_secrets(user_name, realm, account_id, sha256, md5) VALUES(@p0, @p1, @p2, @p3, @p4)",
                name, realm, accountId, SHA256.HashData(text), MD5.HashData(text));
#pragma warning restore CA5351
        }
    }

    public static ValueTask<int> RemoveAsync(IWriteSession session, long accountId) =>
        session.ExecuteAsync("DELETE FROM account_phone_secrets WHERE account_id = @p0", accountId);

    /// <summary>A number that somebody no longer has is no name of his any more; under the new one the password has to be set again.</summary>
    public static ValueTask<int> RemoveExtensionAsync(IWriteSession session, long accountId, string kept) => session.ExecuteAsync(
        "DELETE FROM account_phone_secrets WHERE account_id = @p0 AND user_name <> @p1 "
        + "AND user_name NOT IN (SELECT address FROM account_addresses WHERE account_id = @p0)", accountId, kept);

    public static ValueTask<PhoneSecret?> FindAsync(IReadSession session, string userName, string realm) => session.QueryFirstAsync(
        "SELECT account_id, sha256, md5 FROM account_phone_secrets WHERE user_name = @p0 AND realm = @p1",
        row => new PhoneSecret(row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2)), userName, realm);

    private void Require(string password)
    {
        if (realm.Length == 0)
            throw new DirectoryException("Phones can have no password: there is no realm for them.");
        if (password.Length is < MinCharacters or > MaxCharacters || password.Any(char.IsControl))
            throw new DirectoryException($"The password of a phone has {MinCharacters} to {MaxCharacters} characters and no control characters.");
    }
}
