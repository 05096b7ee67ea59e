using System.Globalization;
using System.Text;

namespace UnifiedMsg.Accounts;

/// <summary>Mail domains as they are compared and stored.</summary>
public static class DomainName
{
    private static readonly IdnMapping Idn = new();

    /// <summary>Lower case, without a final dot, international labels in their ASCII form (RFC 5890 §2.3.2.1).</summary>
    public static string Normalize(string domain)
    {
        string lower = domain.TrimEnd('.').ToLowerInvariant();
        if (Ascii.IsValid(lower))
            return lower;
        try
        {
            return Idn.GetAscii(lower);
        }
        catch (ArgumentException)
        {
            return lower; // Not a name that DNS could hold: nobody has an address in it, and no server will be found for it.
        }
    }
}
