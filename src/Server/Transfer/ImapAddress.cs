using System.Globalization;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Server.Transfer;

/// <summary>A mailbox on another server: <c>imaps://alice@example.test@mail.example.test:993</c>. The last <c>@</c> is the one before the host.</summary>
/// <param name="IsTls">Whether TLS comes first (<c>imaps</c>); else STARTTLS (<c>imap</c>).</param>
/// <param name="User">The name to log in with.</param>
/// <param name="Host">The server.</param>
/// <param name="Port">Its port.</param>
internal sealed record ImapAddress(bool IsTls, string User, string Host, int Port)
{
    private const string TlsScheme = "imaps://";
    private const string PlainScheme = "imap://";

    /// <summary>Whether a text is meant as one.</summary>
    public static bool IsOne(string text) =>
        text.StartsWith(TlsScheme, StringComparison.OrdinalIgnoreCase) || text.StartsWith(PlainScheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads one.</summary>
    /// <exception cref="TransferException">It is none.</exception>
    public static ImapAddress Parse(string text)
    {
        var isTls = text.StartsWith(TlsScheme, StringComparison.OrdinalIgnoreCase);
        var rest = IsOne(text) ? text[(text.IndexOf("//", StringComparison.Ordinal) + 2)..].TrimEnd('/') : "";
        var at = rest.LastIndexOf('@');
        var host = rest[(at + 1)..];
        // An IPv6 address has colons of its own, in brackets.
        var colon = host.LastIndexOf(':');
        var port = isTls ? 993 : 143;
        var hasPort = colon > host.LastIndexOf(']');
        var isGood = at > 0 && host.Length > 0 && !host.Contains('/', StringComparison.Ordinal)
            && (!hasPort || (int.TryParse(host[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and < 65536));
        if (hasPort)
            host = host[..colon];
        // A password here would be seen by every user of the machine.
        if (!isGood || host.Length == 0 || rest[..Math.Max(at, 0)].Contains(':', StringComparison.Ordinal))
            throw new TransferException($"the server is written imaps://USER@HOST or imaps://USER@HOST:PORT, without a password");
        return new ImapAddress(isTls, Uri.UnescapeDataString(rest[..at]), host.Trim('[', ']'), port);
    }
}
