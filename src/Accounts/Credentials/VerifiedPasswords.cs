using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace UnifiedMsg.Accounts.Credentials;

/// <summary>
/// Passwords verified a short while ago, under a keyed hash whose key never leaves the process. An entry holds only as long as
/// the account still has the verifier it was checked against, so a changed password counts at once.
/// </summary>
internal sealed class VerifiedPasswords(AccountsOptions options, TimeProvider time)
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(SlowHash.Octets);
    private readonly ConcurrentDictionary<string, Entry> _entries = new();

    public bool IsKnown(string address, byte[] password, ScramVerifier verifier) =>
        _entries.TryGetValue(Name(address, password), out Entry? entry)
        && time.GetElapsedTime(entry.Verified) < options.RememberVerified
        && CryptographicOperations.FixedTimeEquals(entry.StoredKey, verifier.StoredKey);

    public void Remember(string address, byte[] password, ScramVerifier verifier)
    {
        if (_entries.Count >= options.MaxRemembered)
            DropOld();
        if (_entries.Count < options.MaxRemembered)
            _entries[Name(address, password)] = new Entry(verifier.StoredKey, time.GetTimestamp());
    }

    private void DropOld()
    {
        foreach ((string name, Entry entry) in _entries)
        {
            if (time.GetElapsedTime(entry.Verified) >= options.RememberVerified)
                _entries.TryRemove(name, out _);
        }
    }

    private string Name(string address, byte[] password) =>
        Convert.ToBase64String(HMACSHA256.HashData(_key, (byte[])[.. Encoding.UTF8.GetBytes(address), 0, .. password]));

    private sealed record Entry(byte[] StoredKey, long Verified);
}
