using System.Text;

namespace UnifiedMsg.Store.Transfer.Maildir;

/// <summary>The names of folders in a Maildir, as in IMAP4rev1. RFC 3501 §5.1.3.</summary>
internal static class ModifiedUtf7
{
    /// <summary>The name in modified UTF-7, which is the only form of it that servers take.</summary>
    public static string Encode(string name)
    {
        var encoded = new StringBuilder();
        for (int i = 0; i < name.Length;)
        {
            if (IsPlain(name[i]))
            {
                encoded.Append(name[i] == '&' ? "&-" : name[i].ToString());
                i++;
                continue;
            }
            int start = i;
            while (i < name.Length && !IsPlain(name[i]))
                i++;
            byte[] utf16 = Encoding.BigEndianUnicode.GetBytes(name[start..i]);
            encoded.Append('&').Append(Convert.ToBase64String(utf16).TrimEnd('=').Replace('/', ',')).Append('-');
        }
        return encoded.ToString();
    }

    /// <summary>The name as Unicode; what is not well formed stays as it is, since other servers also write names in UTF-8.</summary>
    public static string Decode(string encoded)
    {
        var name = new StringBuilder();
        for (int i = 0; i < encoded.Length; i++)
        {
            int end = encoded[i] == '&' ? encoded.IndexOf('-', i) : -1;
            if (end < 0)
            {
                name.Append(encoded[i]);
                continue;
            }
            string run = encoded[(i + 1)..end].Replace(',', '/');
            var octets = new byte[run.Length + 3];
            if (run.Length == 0)
                name.Append('&');
            else if (Convert.TryFromBase64String(run.PadRight((run.Length + 3) / 4 * 4, '='), octets, out int length) && length % 2 == 0 && length > 0)
                name.Append(Encoding.BigEndianUnicode.GetString(octets, 0, length));
            else
                return encoded;
            i = end;
        }
        return name.ToString();
    }

    private static bool IsPlain(char each) => each is >= ' ' and <= '~';
}
