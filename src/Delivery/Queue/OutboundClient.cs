using MailKit.Net.Smtp;
using MimeKit;

namespace UnifiedMsg.Delivery.Queue;

/// <summary>An SMTP client that goes on when some of the recipients are refused, and keeps what was said of each.</summary>
internal sealed class OutboundClient : SmtpClient
{
    // By MailKit's form of the address, which may have another domain than ours (Unicode); of those that differ in case only it names one.
    private readonly Dictionary<string, SmtpResponse> _refused = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What the server said of a recipient that it did not accept, or null when it accepted it.</summary>
    public SmtpResponse? RefusalOf(MailboxAddress recipient) => _refused.GetValueOrDefault(recipient.Address);

    protected override void OnRecipientNotAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) =>
        _refused[mailbox.Address] = response;

    // Without an exception the client would go on to DATA.
    protected override void OnNoRecipientsAccepted(MimeMessage message) => throw new NoRecipientException();

    /// <summary>No recipient was accepted; <see cref="RefusalOf"/> has the answer for each.</summary>
    public sealed class NoRecipientException : Exception;
}
