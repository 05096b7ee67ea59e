using System.Security.Cryptography;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Transactions;

/// <summary>Identifiers that nobody can guess (RFC 3261 §19.3: at least 32 random bits; these have 64 and more).</summary>
internal static class SipIds
{
    public static string Tag() => Random(8);

    public static string Branch() => ViaHeader.MagicCookie + Random(10);

    public static string CallId() => Random(16);

    private static string Random(int octets)
    {
        Span<byte> random = stackalloc byte[16];
        random = random[..octets];
        RandomNumberGenerator.Fill(random);
        return Convert.ToHexStringLower(random);
    }
}
