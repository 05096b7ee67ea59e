using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Identity;

/// <summary>
/// One Identity header field (RFC 8224 §4): a signed token (PASSporT), whole or as its signature alone, and where the certificate is.
/// </summary>
/// <param name="Token">Three parts with dots between; in the compact form the first two are empty (RFC 8225 §7).</param>
/// <param name="Info">Where the certificate of the signer is; null when the parameter is missing or no address.</param>
/// <param name="Algorithm">The <c>alg</c> parameter; ES256 when it is not there.</param>
/// <param name="Extension">The <c>ppt</c> parameter, such as <c>shaken</c>; null for none.</param>
public sealed record IdentityHeader(string Token, Uri? Info, string Algorithm, string? Extension)
{
    private static readonly SearchValues<char> TokenChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>Whether the claims are not in the token and have to be made of the request.</summary>
    public bool IsCompact => Token.StartsWith("..", StringComparison.Ordinal);

    /// <summary>Reads one value. The quoted form of RFC 4474, which RFC 8224 replaced, is refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out IdentityHeader? header)
    {
        header = null;
        var semicolon = text.IndexOf(';');
        var token = SipGrammar.Trim(semicolon < 0 ? text : text[..semicolon]);
        if (token.ContainsAnyExcept(TokenChars) || token.Count('.') != 2 || token[^1] == '.')
            return false;
        if (!SipParameters.TryParse(semicolon < 0 ? default : text[semicolon..], uri: false, out var parameters))
            return false;
        var info = parameters["info"] is { } value && Uri.TryCreate(value.Trim('<', '>'), UriKind.Absolute, out var uri) ? uri : null;
        header = new IdentityHeader(token.ToString(), info, parameters["alg"] ?? "ES256", parameters["ppt"]);
        return true;
    }
}
