using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace UnifiedMsg.Accounts.Sasl;

/// <summary>
/// RFC 5802 §7: <c>client-first-message = gs2-header client-first-message-bare</c>,
/// <c>gs2-header = gs2-cbind-flag "," [ "a=" saslname ] ","</c>, <c>client-first-message-bare = username "," nonce ["," extensions]</c>.
/// </summary>
internal sealed record ScramFirst(string Header, string ActFor, string Name, string Nonce, string Bare)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool TryParse(ReadOnlySpan<byte> message, [NotNullWhen(true)] out ScramFirst? first)
    {
        first = null;
        if (!TryDecode(message, out string text))
            return false;
        string[] parts = text.Split(',');
        // "p=" asks for channel binding, which is another mechanism; "y" says that the client could and believes that we can't.
        if (parts.Length < 4 || parts[0] is not ("n" or "y") || !TryReadName(parts[1], "a=", optional: true, out string actFor))
            return false;
        // RFC 5802 §5.1: an "m=" in front is an extension that must be understood, and none is.
        if (!TryReadName(parts[2], "n=", optional: false, out string name) || !parts[3].StartsWith("r=", StringComparison.Ordinal))
            return false;
        string nonce = parts[3][2..];
        if (!IsNonce(nonce))
            return false;
        string header = $"{parts[0]},{parts[1]},";
        first = new ScramFirst(header, actFor, name, nonce, text[header.Length..]);
        return true;
    }

    internal static bool TryDecode(ReadOnlySpan<byte> message, out string text)
    {
        try
        {
            text = Utf8.GetString(message);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = "";
            return false;
        }
    }

    // RFC 5802 §7: printable = %x21-2B / %x2D-7E
    private static bool IsNonce(string nonce) => nonce.Length > 0 && nonce.All(c => c is >= '!' and <= '~' and not ',');

    // RFC 5802 §5.1: "," and "=" in a name are written =2C and =3D; any other use of "=" is an error.
    private static bool TryReadName(string part, string prefix, bool optional, out string name)
    {
        name = "";
        if (part.Length == 0)
            return optional;
        if (!part.StartsWith(prefix, StringComparison.Ordinal) || part.Length == prefix.Length)
            return false;
        string written = part[prefix.Length..];
        name = written.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        return written.Count(c => c == '=') == written.Split("=2C").Length + written.Split("=3D").Length - 2;
    }
}

/// <summary>RFC 5802 §7: <c>client-final-message = channel-binding "," nonce ["," extensions] "," proof</c>.</summary>
internal sealed record ScramFinal(string ChannelBinding, string Nonce, byte[] Proof, string WithoutProof)
{
    public static bool TryParse(ReadOnlySpan<byte> message, [NotNullWhen(true)] out ScramFinal? final)
    {
        final = null;
        if (!ScramFirst.TryDecode(message, out string text))
            return false;
        int proofAt = text.LastIndexOf(",p=", StringComparison.Ordinal);
        if (proofAt < 0)
            return false;
        string withoutProof = text[..proofAt];
        string[] parts = withoutProof.Split(',');
        if (parts.Length < 2 || !parts[0].StartsWith("c=", StringComparison.Ordinal) || !parts[1].StartsWith("r=", StringComparison.Ordinal))
            return false;
        if (!TryBase64(parts[0][2..], out byte[] binding) || !TryBase64(text[(proofAt + 3)..], out byte[] proof)
            || !ScramFirst.TryDecode(binding, out string header))
            return false;
        final = new ScramFinal(header, parts[1][2..], proof, withoutProof);
        return true;
    }

    private static bool TryBase64(string text, out byte[] octets)
    {
        octets = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, octets, out int written))
            return false;
        Array.Resize(ref octets, written);
        return true;
    }
}
