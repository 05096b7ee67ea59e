using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Sip.Identity;

namespace UnifiedMsg.Server.Hosting;

/// <summary>What the configuration says of callers' signatures.</summary>
internal static class CallerIdentityOptions
{
    /// <summary>How they are checked, or null for not at all.</summary>
    /// <exception cref="StartException">A file of the trust list can't be read.</exception>
    public static IdentityOptions? Of(IdentitySection section) => section.Trust.Count == 0
        ? null
        : new IdentityOptions
        {
            Trust = [.. section.Trust.SelectMany(ReadAuthorities)],
            Require = section.Require,
            CountryCode = section.CountryCode.Length == 0 ? null : section.CountryCode,
            Hosts = section.Hosts,
            AllowPrivateAddresses = section.PrivateAddresses,
        };

    private static X509Certificate2Collection ReadAuthorities(string path)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new StartException($"sip.identity.trust: {path} can't be read: {exception.Message}", exception);
        }

        return authorities.Count > 0
            ? authorities
            : throw new StartException($"sip.identity.trust: {path} has no certificate; it has to be a PEM file with the authorities to trust");
    }
}
