using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace UnifiedMsg.Media.Srtp;

/// <summary>
/// A master key with its salt (RFC 3711 §3.2.1): all that one side needs to send to the other. Disposing it overwrites it. It never shows
/// itself in a log.
/// </summary>
public sealed class SrtpKey : IDisposable
{
    // Pinned, so that no copy stays behind where the collector moves it.
    private readonly byte[] _octets;

    private SrtpKey(SrtpSuite suite)
    {
        Suite = suite;
        _octets = GC.AllocateArray<byte>(suite.KeyLength + suite.SaltLength, pinned: true);
    }

    /// <summary>The suite that it is for.</summary>
    public SrtpSuite Suite { get; }

    /// <summary>The master key.</summary>
    internal ReadOnlySpan<byte> Master => _octets.AsSpan(0, Suite.KeyLength);

    /// <summary>The master salt.</summary>
    internal ReadOnlySpan<byte> Salt => _octets.AsSpan(Suite.KeyLength);

    /// <summary>Key and salt in one, as <c>a=crypto</c> carries them (RFC 4568 §6.1).</summary>
    internal ReadOnlySpan<byte> Octets => _octets;

    /// <summary>A fresh key of random octets.</summary>
    public static SrtpKey Generate(SrtpSuite suite)
    {
        var key = new SrtpKey(suite);
        RandomNumberGenerator.Fill(key._octets);
        return key;
    }

    /// <summary>Takes over a key followed by its salt; false when the suite wants another length.</summary>
    public static bool TryCreate(SrtpSuite suite, ReadOnlySpan<byte> keyAndSalt, [NotNullWhen(true)] out SrtpKey? key)
    {
        key = null;
        if (keyAndSalt.Length != suite.KeyLength + suite.SaltLength)
            return false;
        key = new SrtpKey(suite);
        keyAndSalt.CopyTo(key._octets);
        return true;
    }

    /// <summary>True when both are the same key for the same suite. Takes the same time wherever they differ.</summary>
    public bool Matches(SrtpKey other) => Suite == other.Suite && CryptographicOperations.FixedTimeEquals(_octets, other._octets);

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_octets);

    /// <inheritdoc/>
    public override string ToString() => $"{Suite} key";
}

/// <summary>The keys of a call, one for each way (RFC 4568 §5.1).</summary>
/// <param name="Local">What we send with.</param>
/// <param name="Remote">What the other side sends with; of the same suite.</param>
public sealed record SrtpKeys(SrtpKey Local, SrtpKey Remote) : IDisposable
{
    /// <summary>The suite of both ways.</summary>
    public SrtpSuite Suite => Local.Suite;

    /// <summary>Overwrites both.</summary>
    public void Dispose()
    {
        Local.Dispose();
        Remote.Dispose();
    }
}
