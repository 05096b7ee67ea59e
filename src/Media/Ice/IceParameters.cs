using System.Security.Cryptography;
using System.Text;

namespace UnifiedMsg.Media.Ice;

/// <summary>What the two sides of an ICE session call themselves (RFC 8445 §5.3), and the password that ours wants to be asked with.</summary>
public sealed class IceParameters
{
    // RFC 8839 §5.4: at least 24 bits of randomness in the name and 128 in the password, of letters, digits, + and /.
    private const int UserNameOctets = 6;
    private const int PasswordOctets = 18;

    private readonly byte[] _password;
    private readonly byte[] _userName;

    private IceParameters(string local, string password, string remote)
    {
        (LocalName, RemoteName, Password) = (local, remote, password);
        _userName = Encoding.ASCII.GetBytes($"{local}:{remote}");
        _password = Encoding.ASCII.GetBytes(password);
    }

    /// <summary>Our <c>a=ice-ufrag</c>.</summary>
    public string LocalName { get; }

    /// <summary>The other side's.</summary>
    public string RemoteName { get; }

    /// <summary>Our <c>a=ice-pwd</c>.</summary>
    internal string Password { get; }

    /// <summary>USERNAME in a request to us (RFC 8445 §7.2.2): ours first.</summary>
    internal ReadOnlySpan<byte> UserName => _userName;

    /// <summary>What requests to us and our responses are authenticated with.</summary>
    internal ReadOnlySpan<byte> Key => _password;

    /// <summary>Fresh names and passwords of ours, for a peer of a name.</summary>
    public static IceParameters For(string remoteName) => new(
        Convert.ToBase64String(RandomNumberGenerator.GetBytes(UserNameOctets)), Convert.ToBase64String(RandomNumberGenerator.GetBytes(PasswordOctets)), remoteName);

    /// <inheritdoc/>
    public override string ToString() => $"{LocalName}:{RemoteName}";
}
