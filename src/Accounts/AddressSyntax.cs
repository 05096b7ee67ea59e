using System.Buffers;

namespace UnifiedMsg.Accounts;

/// <summary>What people may have as addresses, extensions and names.</summary>
internal static class AddressSyntax
{
    private const int MaxLocalPart = 64; // RFC 5321 §4.5.3.1.1
    private const int MaxAddress = 254; // RFC 5321 §4.5.3.1.3, less the angle brackets
    private const int MaxLabel = 63; // RFC 1035 §2.3.4
    private const int MaxExtension = 15; // E.164: no number is longer
    private const int MaxName = 200;

    // RFC 5322 §3.2.3 atext, without the letters beyond ASCII, which are allowed besides (RFC 6532 §3.2).
    private static readonly SearchValues<char> Atom =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~");

    /// <summary>The address in the form in which it is stored and compared: lower case, its domain in ASCII.</summary>
    public static string Normalize(string address)
    {
        string lower = address.Trim().ToLowerInvariant();
        int at = lower.LastIndexOf('@');
        return at < 0 ? lower : string.Concat(lower.AsSpan(0, at + 1), DomainName.Normalize(lower[(at + 1)..]));
    }

    /// <summary>The normal form, or a <see cref="DirectoryException"/> that says what is wrong.</summary>
    public static string Require(string address)
    {
        string normal = Normalize(address);
        int at = normal.LastIndexOf('@');
        if (at <= 0 || at == normal.Length - 1)
            throw new DirectoryException($"'{address}' is not an address: write it like alice@example.test.");
        if (normal.Length > MaxAddress || at > MaxLocalPart)
            throw new DirectoryException($"The address '{address}' is too long: {MaxLocalPart} characters before the @, {MaxAddress} in all.");
        if (!IsLocalPart(normal.AsSpan(0, at)))
            throw new DirectoryException($"'{normal[..at]}' can't stand before the @: letters, digits and !#$%&'*+-/=?^_`{{|}}~ with single dots between.");
        if (!IsDomain(normal[(at + 1)..]))
            throw new DirectoryException($"'{normal[(at + 1)..]}' is not a domain name.");
        return normal;
    }

    public static string RequireExtension(string extension)
    {
        if (extension.Length is 0 or > MaxExtension || !extension.All(char.IsAsciiDigit))
            throw new DirectoryException($"'{extension}' is not an extension: 1 to {MaxExtension} digits.");
        return extension;
    }

    public static string RequireName(string name)
    {
        string trimmed = name.Trim();
        if (trimmed.Length is 0 or > MaxName || trimmed.Any(char.IsControl))
            throw new DirectoryException($"A name has 1 to {MaxName} characters and no control characters.");
        return trimmed;
    }

    private static bool IsLocalPart(ReadOnlySpan<char> local)
    {
        foreach (Range atom in local.Split('.'))
        {
            if (local[atom].IsEmpty)
                return false;
            foreach (char c in local[atom])
            {
                if (c < 128 ? !Atom.Contains(c) : char.IsControl(c) || char.IsWhiteSpace(c))
                    return false;
            }
        }
        return true;
    }

    private static bool IsDomain(string domain) => domain.Split('.').All(label =>
        label.Length is > 0 and <= MaxLabel && label[0] != '-' && label[^1] != '-'
        && label.All(c => c == '-' || char.IsAsciiLetterOrDigit(c)));
}
