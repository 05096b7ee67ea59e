using System.Text;

namespace UnifiedMsg.Accounts.Credentials;

/// <summary>
/// Passwords as octets, in the form on which clients agree: the mappings and prohibitions of SASLprep (RFC 4013 §2.1, §2.3).
/// Its normalisation is left out: the product runs with the invariant culture, which has no tables for it, and keyboards
/// produce the composed form already.
/// </summary>
internal static class PasswordText
{
    private const int MaxCharacters = 1024;

    /// <summary>False for a text that can't be a password.</summary>
    public static bool TryPrepare(string password, out byte[] octets)
    {
        octets = [];
        if (password.Length is 0 or > MaxCharacters)
            return false;
        var prepared = new StringBuilder(password.Length);
        foreach (Rune rune in password.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar || Rune.IsControl(rune))
                return false;
            if (IsMappedToNothing(rune.Value))
                continue;
            prepared.Append(rune.Value != ' ' && Rune.IsWhiteSpace(rune) ? " " : rune.ToString());
        }
        octets = Encoding.UTF8.GetBytes(prepared.ToString());
        return octets.Length > 0;
    }

    // RFC 3454 table B.1.
    private static bool IsMappedToNothing(int value) => value is
        0x00AD or 0x034F or 0x1806 or (>= 0x180B and <= 0x180D) or (>= 0x200B and <= 0x200D) or 0x2060
        or (>= 0xFE00 and <= 0xFE0F) or 0xFEFF;
}
