using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UnifiedMsg.Delivery.Smtp.Intake;

/// <summary>Writes the header fields that a server adds on top.</summary>
internal static class TraceHeader
{
    /// <summary>Return-Path and Received. RFC 5321 §4.4.</summary>
    public static string Make(SmtpSession session)
    {
        var transaction = session.Transaction;
        var remote = session.Connection.RemoteEndPoint.Address;
        var text = new StringBuilder(256);
        text.Append("Return-Path: <").Append(transaction.Sender).Append(">\r\n");
        text.Append("Received: from ").Append(session.ClientName).Append(" (").Append(Literal(remote)).Append(")\r\n");
        text.Append("\tby ").Append(session.Context.Options.HostName).Append(" with ").Append(Protocol(session));
        text.Append(" id ").Append(session.TraceId);
        if (session.Connection is { TlsProtocol: { } version, TlsCipherSuite: { } cipher })
            text.Append("\r\n\t(").Append(version).Append(' ').Append(cipher).Append(')');
        // RFC 5321 §7.2: naming several recipients would tell each of the others.
        if (transaction.Recipients is [var only])
            text.Append("\r\n\tfor <").Append(only).Append('>');
        text.Append(";\r\n\t").Append(Date(session.Context.Time.GetUtcNow())).Append("\r\n");
        return text.ToString();
    }

    /// <summary>A Date field for a message that came without one. RFC 6409 §8.2.</summary>
    public static string MakeDate(DateTimeOffset now) => $"Date: {Date(now)}\r\n";

    /// <summary>A Message-ID field for a message that came without one. RFC 6409 §8.3.</summary>
    public static string MakeMessageId(string hostName) => $"Message-ID: <{Guid.NewGuid():N}@{hostName}>\r\n";

    private static string Date(DateTimeOffset now) => now.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);

    private static string Literal(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{plain}]" : $"[{plain}]";
    }

    // RFC 3848, and RFC 6531 §4.3 for its UTF-8 forms.
    private static string Protocol(SmtpSession session)
    {
        if (!session.IsExtended)
            return "SMTP";
        var name = (session.Role == SmtpRole.Lmtp, session.Transaction.SmtpUtf8) switch
        {
            (true, true) => "UTF8LMTP",
            (true, false) => "LMTP",
            (false, true) => "UTF8SMTP",
            (false, false) => "ESMTP",
        };
        return name + (session.Connection.IsTls ? "S" : "") + (session.Account is not null ? "A" : "");
    }
}
