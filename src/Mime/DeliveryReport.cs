using System.Globalization;
using System.Text;
using MimeKit;

namespace UnifiedMsg.Mime;

/// <summary>A recipient whom a message did not reach.</summary>
/// <param name="Address">The recipient.</param>
/// <param name="Status">The enhanced status code (RFC 3463), for example <c>5.1.1</c>.</param>
/// <param name="RemoteHost">The server that refused, or null when it was ours.</param>
/// <param name="Diagnostic">What it said.</param>
public sealed record FailedRecipient(string Address, string Status, string? RemoteHost, string Diagnostic);

/// <summary>What a report is about.</summary>
/// <param name="ReportingHost">Our name.</param>
/// <param name="QueueId">The name under which the message was accepted.</param>
/// <param name="To">The sender of the message, to whom the report goes.</param>
/// <param name="Arrived">When the message was accepted.</param>
/// <param name="Now">When the report is made.</param>
/// <param name="Failed">Whom it did not reach.</param>
/// <param name="OriginalHeader">The header of the message, in raw octets.</param>
public sealed record FailedDelivery(
    string ReportingHost, string QueueId, string To, DateTimeOffset Arrived, DateTimeOffset Now, IReadOnlyList<FailedRecipient> Failed,
    ReadOnlyMemory<byte> OriginalHeader);

/// <summary>Builds the report that a message could not be delivered. RFC 3462, RFC 3464.</summary>
public static class DeliveryReport
{
    /// <summary>What other servers said is shown up to this length: it is text of strangers.</summary>
    private const int MaxDiagnosticLength = 500;

    /// <summary>How much of the original header goes back: enough to recognise any message.</summary>
    private const int MaxHeaderLength = 32 * 1024;

    /// <summary>Builds the report.</summary>
    public static MimeMessage Build(FailedDelivery delivery)
    {
        var message = new MimeMessage
        {
            Subject = "Undelivered mail returned to sender",
            Date = delivery.Now,
            MessageId = $"{delivery.QueueId}.{delivery.Now.ToUnixTimeMilliseconds()}@{delivery.ReportingHost}",
        };
        message.From.Add(new MailboxAddress("Mail delivery", $"MAILER-DAEMON@{delivery.ReportingHost}"));
        message.To.Add(new MailboxAddress("", delivery.To));
        message.Headers.Add("Auto-Submitted", "auto-replied"); // RFC 3834 §5: nobody's vacation answer goes back to it
        message.Body = new MultipartReport("delivery-status")
        {
            new TextPart("plain") { Text = Explain(delivery) },
            Status(delivery),
            Header(delivery.OriginalHeader),
        };
        return message;
    }

    private static string Explain(FailedDelivery delivery)
    {
        var text = new StringBuilder();
        text.Append($"This is the mail system at {delivery.ReportingHost}.\r\n\r\n");
        text.Append("Your message could not be delivered to:\r\n\r\n");
        foreach (var failed in delivery.Failed)
        {
            text.Append($"  {failed.Address}\r\n");
            text.Append(failed.RemoteHost is null ? "    " : $"    {failed.RemoteHost} said: ");
            text.Append($"{Clean(failed.Diagnostic)}\r\n\r\n");
        }
        text.Append("It will not be tried again. The header of your message is attached.\r\n");
        return text.ToString();
    }

    private static MessageDeliveryStatus Status(FailedDelivery delivery)
    {
        var status = new MessageDeliveryStatus();
        // RFC 3464 §2.2: one group about the message, then one for each recipient.
        status.StatusGroups.Add(new HeaderList
        {
            { "Reporting-MTA", $"dns; {delivery.ReportingHost}" },
            { "X-Queue-ID", delivery.QueueId },
            { "Arrival-Date", delivery.Arrived.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture) },
        });
        foreach (var failed in delivery.Failed)
        {
            var type = Ascii.IsValid(failed.Address) ? "rfc822" : "utf-8"; // RFC 6533 §3
            var group = new HeaderList
            {
                { "Final-Recipient", $"{type}; {failed.Address}" },
                { "Action", "failed" },
                { "Status", failed.Status },
            };
            if (failed.RemoteHost is not null)
                group.Add("Remote-MTA", $"dns; {Clean(failed.RemoteHost)}");
            group.Add("Diagnostic-Code", $"smtp; {Clean(failed.Diagnostic)}");
            status.StatusGroups.Add(group);
        }
        return status;
    }

    private static MimePart Header(ReadOnlyMemory<byte> header)
    {
        var shown = header[..Math.Min(header.Length, MaxHeaderLength)].ToArray();
        return new MimePart("text", "rfc822-headers")
        {
            Content = new MimeContent(new MemoryStream(shown)),
            ContentTransferEncoding = Ascii.IsValid(shown) ? ContentEncoding.SevenBit : ContentEncoding.QuotedPrintable,
        };
    }

    // One line of printable characters: what a stranger's server said must not become a header or a line of ours.
    private static string Clean(string text)
    {
        var shown = text.Length > MaxDiagnosticLength ? text.AsSpan(0, MaxDiagnosticLength) : text;
        return string.Create(shown.Length, text, static (line, all) =>
        {
            for (var i = 0; i < line.Length; i++)
                line[i] = char.IsControl(all[i]) ? ' ' : all[i];
        });
    }
}
