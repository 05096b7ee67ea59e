using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registrar;

namespace UnifiedMsg.Sip.Tests;

/// <summary>Alice and Bob, whose passwords are their names backwards. Each may register an address with the own name.</summary>
internal sealed class Passwords : ISipCredentialStore, IRegistrarPolicy
{
    public const string Realm = "example.test";

    public static readonly SipCredentials Alice = new("alice", "ecila");

    public ValueTask<byte[]?> FindAsync(string user, string realm, DigestAlgorithm algorithm, CancellationToken cancellationToken) => new(
        user is "alice" or "bob" ? DigestHash.Secret(algorithm, user, realm, string.Concat(user.Reverse())) : null);

    public ValueTask<string?> FindAddressOfRecordAsync(SipUri address, string user, CancellationToken cancellationToken) =>
        new(address.User == user || (user, address.User) == ("alice", "1001") ? $"{user}@{Realm}" : null);

    /// <summary>An endpoint at which they can register.</summary>
    public static SipOptions With(SipOptions options, ILocationStore? locations = null, string[]? methods = null)
    {
        var passwords = new Passwords();
        return options with
        {
            Authentication = new SipAuthentication { Realm = Realm, Credentials = passwords, Methods = methods ?? ["REGISTER"] },
            Registrar = new RegistrarOptions { Policy = passwords, Locations = locations ?? new MemoryLocationStore(), MaxBindings = 3 },
        };
    }
}
