using System.Text;

namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>Mailbox names of IMAP4rev1: modified UTF-7. RFC 3501 §5.1.3.</summary>
internal static class MailboxName
{
    /// <summary>The name as Unicode; false when it is not well formed.</summary>
    public static bool TryDecode(string encoded, out string name)
    {
        name = encoded;
        if (!encoded.Contains('&')) return true;
        var decoded = new StringBuilder();
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] != '&')
            {
                decoded.Append(encoded[i]);
                continue;
            }

            var end = encoded.IndexOf('-', i + 1);
            if (end < 0) return false;
            if (end == i + 1) decoded.Append('&');
            else if (!TryDecodeRun(encoded[(i + 1)..end], decoded)) return false;
            i = end;
        }

        name = decoded.ToString();
        return true;
    }

    /// <summary>The name in modified UTF-7.</summary>
    public static string Encode(string name)
    {
        if (!name.AsSpan().ContainsAnyExceptInRange(' ', '~') && !name.Contains('&')) return name;
        var encoded = new StringBuilder();
        for (var i = 0; i < name.Length;)
        {
            if (name[i] is >= ' ' and <= '~')
            {
                encoded.Append(name[i] == '&' ? "&-" : name[i].ToString());
                i++;
                continue;
            }

            var start = i;
            while (i < name.Length && name[i] is < ' ' or > '~') i++;
            encoded.Append('&').Append(EncodeRun(name[start..i])).Append('-');
        }

        return encoded.ToString();
    }

    // Base64 of UTF-16BE with "," for "/" and without padding.
    private static string EncodeRun(string text) =>
        Convert.ToBase64String(Encoding.BigEndianUnicode.GetBytes(text)).TrimEnd('=').Replace('/', ',');

    private static bool TryDecodeRun(string run, StringBuilder decoded)
    {
        var base64 = run.Replace(',', '/') + new string('=', (4 - (run.Length % 4)) % 4);
        var octets = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, octets, out var length) || length == 0 || length % 2 != 0) return false;
        var text = Encoding.BigEndianUnicode.GetString(octets, 0, length);
        // Each name has one form only: what can stand plain must not be encoded.
        if (text.AsSpan().ContainsAnyInRange(' ', '~') || text.Contains('\uFFFD')) return false;
        decoded.Append(text);
        return true;
    }
}
