using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace UnifiedMsg.Sip.Identity;

/// <summary>A PASSporT (RFC 8225): who calls whom and when, signed. What SHAKEN adds is among it (RFC 8588).</summary>
public sealed class Passport
{
    /// <summary>The claims are flat; what is nested deeper is no PASSporT.</summary>
    private static readonly JsonDocumentOptions Json = new() { MaxDepth = 8 };

    private static readonly SearchValues<char> Base64UrlChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private Passport(string signed, byte[] signature)
    {
        Signed = signed;
        Signature = signature;
    }

    /// <summary>What the signature is over: header and claims in base64url.</summary>
    public string Signed { get; }

    /// <summary>The signature: 64 octets for ES256 (RFC 7518 §3.4).</summary>
    public byte[] Signature { get; }

    /// <summary>The <c>alg</c> of its header.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The <c>ppt</c> of its header; null for none.</summary>
    public string? Extension { get; init; }

    /// <summary>The <c>x5u</c> of its header: where the certificate is.</summary>
    public required string CertificateAddress { get; init; }

    /// <summary>The caller: a telephone number, or a URI.</summary>
    public required PassportParty Origin { get; init; }

    /// <summary>Who is called: at least one.</summary>
    public required IReadOnlyList<PassportParty> Destinations { get; init; }

    /// <summary>When it was signed.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>RFC 8588 §4: A, B or C; null when it makes no such claim.</summary>
    public string? Attestation { get; init; }

    /// <summary>RFC 8588 §5: an opaque name of where the call came from, for tracing it back.</summary>
    public string? OriginId { get; init; }

    /// <summary>Reads a whole token. False when it is not three parts of base64url, or header or claims are not what RFC 8225 demands.</summary>
    public static bool TryParse(string token, [NotNullWhen(true)] out Passport? passport)
    {
        passport = null;
        var parts = token.Split('.');
        if (parts.Length != 3 || Decode(parts[0]) is not { } header || Decode(parts[1]) is not { } claims || Decode(parts[2]) is not { } signature)
            return false;
        try
        {
            using var head = JsonDocument.Parse(header, Json);
            using var body = JsonDocument.Parse(claims, Json);
            passport = Read(head.RootElement, body.RootElement, $"{parts[0]}.{parts[1]}", signature);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or strings in it that are no text: octets that are not UTF-8, half a surrogate pair.
            return false;
        }
        return passport is not null;
    }

    /// <summary>
    /// The whole token that a compact one stands for (RFC 8224 §4.1, RFC 8225 §7 and §9): header and claims as the signer must have
    /// written them, members in the order of their names and no white space.
    /// </summary>
    public static string Expand(IdentityHeader compact, PassportParty origin, PassportParty destination, DateTimeOffset date)
    {
        var extension = compact.Extension is { } ppt ? $"\"ppt\":{Text(ppt)}," : "";
        var header = $"{{\"alg\":{Text(compact.Algorithm)},{extension}\"typ\":\"passport\",\"x5u\":{Text(compact.Info!.OriginalString)}}}";
        var claims = $"{{\"dest\":{{\"{destination.Kind}\":[{Text(destination.Value)}]}},\"iat\":{date.ToUnixTimeSeconds()},"
            + $"\"orig\":{{\"{origin.Kind}\":{Text(origin.Value)}}}}}";
        return $"{Encode(header)}.{Encode(claims)}.{compact.Token[2..]}";
    }

    private static Passport? Read(JsonElement header, JsonElement claims, string signed, byte[] signature)
    {
        if (header.ValueKind != JsonValueKind.Object || claims.ValueKind != JsonValueKind.Object || String(header, "typ") != "passport")
            return null;
        // RFC 7515 §4.1.11: what must be understood and is not known here.
        if (header.TryGetProperty("crit", out _))
            return null;
        if (String(header, "alg") is not { } algorithm || String(header, "x5u") is not { } address)
            return null;
        if (!claims.TryGetProperty("iat", out var iat) || iat.ValueKind != JsonValueKind.Number || !iat.TryGetInt64(out var seconds)
            || seconds is < 0 or > 253_402_300_799)
            return null;
        if (Parties(claims, "orig") is not [var origin] || Parties(claims, "dest") is not { Count: > 0 } destinations)
            return null;
        return new Passport(signed, signature)
        {
            Algorithm = algorithm,
            Extension = String(header, "ppt"),
            CertificateAddress = address,
            Origin = origin,
            Destinations = destinations,
            IssuedAt = DateTimeOffset.FromUnixTimeSeconds(seconds),
            Attestation = String(claims, "attest"),
            OriginId = String(claims, "origid"),
        };
    }

    // RFC 8225 §5.2.1: "orig" has one "tn" or "uri"; each of the two in "dest" is a list.
    private static List<PassportParty> Parties(JsonElement claims, string name)
    {
        var parties = new List<PassportParty>();
        if (!claims.TryGetProperty(name, out var party) || party.ValueKind != JsonValueKind.Object)
            return parties;
        foreach (var kind in (ReadOnlySpan<string>)[PassportParty.Number, PassportParty.Address])
        {
            if (!party.TryGetProperty(kind, out var value))
                continue;
            if (value.ValueKind == JsonValueKind.String)
                parties.Add(new PassportParty(kind, value.GetString()!));
            else if (value.ValueKind == JsonValueKind.Array)
                parties.AddRange(value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => new PassportParty(kind, v.GetString()!)));
        }
        return parties;
    }

    private static string? String(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[]? Decode(string text)
    {
        // The decoder would pass over white space and padding, which have no place here.
        if (text.Length == 0 || text.Length % 4 == 1 || text.AsSpan().ContainsAnyExcept(Base64UrlChars))
            return null;
        var octets = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.DecodeFromChars(text, octets, out _, out var length) == OperationStatus.Done ? octets[..length] : null;
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private static string Text(string value) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value)}\"";
}

/// <summary>A side of a call as a PASSporT names it (RFC 8225 §5.2.1).</summary>
/// <param name="Kind"><see cref="Number"/> or <see cref="Address"/>.</param>
/// <param name="Value">Digits in canonical form (RFC 8224 §8.3), or a URI.</param>
public readonly record struct PassportParty(string Kind, string Value)
{
    /// <summary>A telephone number.</summary>
    public const string Number = "tn";

    /// <summary>A URI.</summary>
    public const string Address = "uri";
}
