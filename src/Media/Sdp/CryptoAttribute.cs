using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Sdp;

/// <summary>The attribute family of SDES: <c>a=crypto</c> (RFC 4568), one suite and key of the side that writes it.</summary>
/// <param name="Tag">By which an answer refers to the line of the offer (RFC 4568 §4.1).</param>
/// <param name="Key">The key that its writer sends with.</param>
public sealed record CryptoAttribute(int Tag, SrtpKey Key)
{
    private const string AttributeName = "crypto";

    // RFC 4568 §9.1: tag = 1*9DIGIT.
    private const int MaxTagLength = 9;

    // 32 octets of key and 14 of salt; no suite has more.
    private const int MaxKeyLength = 64;

    /// <summary>All lines of a stream that we can use, in their order of preference (RFC 4568 §5.1.1).</summary>
    public static IReadOnlyList<CryptoAttribute> Of(MediaDescription media)
    {
        List<CryptoAttribute>? usable = null;
        foreach (var attribute in media.Attributes)
        {
            if (attribute.Name == AttributeName && attribute.Value is { } value && TryParse(value, out var crypto))
                (usable ??= []).Add(crypto);
        }
        return usable ?? (IReadOnlyList<CryptoAttribute>)[];
    }

    /// <summary>
    /// Reads the value of the attribute: <c>tag suite inline:key[|lifetime][|MKI:length] [session parameters]</c>.
    /// </summary>
    /// <returns>
    /// False when it is malformed or asks for what we don't do: an unknown suite, several keys or a key identifier (which are for keys that
    /// change without an offer), no encryption or authentication, keys that are derived anew.
    /// </returns>
    public static bool TryParse(string value, [NotNullWhen(true)] out CryptoAttribute? crypto)
    {
        crypto = null;
        var parts = value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 3 || parts[0].Length > MaxTagLength
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var tag)
            || !SrtpSuite.TryFind(parts[1], out var suite)
            || !parts.AsSpan(3).ToArray().All(IsHarmless)
            || !TryKey(suite, parts[2], out var key))
            return false;
        crypto = new CryptoAttribute(tag, key);
        return true;
    }

    /// <summary>The attribute as it is written.</summary>
    public SdpAttribute Write() => new(AttributeName, $"{Tag} {Key.Suite.Name} inline:{Convert.ToBase64String(Key.Octets)}");

    private static bool TryKey(SrtpSuite suite, string parameters, [NotNullWhen(true)] out SrtpKey? key)
    {
        key = null;
        if (!parameters.StartsWith("inline:", StringComparison.OrdinalIgnoreCase) || parameters.Contains(';', StringComparison.Ordinal))
            return false;
        var fields = parameters["inline:".Length..].Split('|');
        // RFC 4568 §6.1: a second field without a colon is the lifetime. Nobody's call is longer than the shortest that makes sense.
        if (fields.Length > 2 || fields.Length == 2 && !IsLifetime(fields[1]))
            return false;
        // Some leave the padding out.
        var text = fields[0].TrimEnd('=');
        text = text.PadRight((text.Length + 3) / 4 * 4, '=');
        Span<byte> octets = stackalloc byte[MaxKeyLength];
        var read = Convert.TryFromBase64String(text, octets, out var length) && SrtpKey.TryCreate(suite, octets[..length], out key);
        CryptographicOperations.ZeroMemory(octets);
        return read;
    }

    // lifetime = ["2^"] 1*DIGIT, at most 2^48 packets (RFC 3711 §9.2).
    private static bool IsLifetime(string text) =>
        text.StartsWith("2^", StringComparison.Ordinal)
            ? int.TryParse(text.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var power) && power <= 48
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var packets) && packets is > 0 and <= 1UL << 48;

    // RFC 4568 §6.3: of the session parameters, the size of the replay window is a hint, and one that begins with a hyphen may be ignored.
    // All others change how packets are protected, or switch it off.
    private static bool IsHarmless(string parameter) =>
        parameter.StartsWith("WSH=", StringComparison.OrdinalIgnoreCase) || parameter.StartsWith('-');

    /// <inheritdoc/>
    public override string ToString() => $"{Tag} {Key.Suite}";
}
