using MailKit.Net.Smtp;
using MimeKit;

namespace UnifiedMsg.Delivery.Queue;

/// <summary>An SMTP client that goes on when some of the recipients are refused, and keeps what was said of each.</summary>
internal sealed class OutboundClient : SmtpClient
{
    private readonly Dictionary<string, SmtpResponse> _refused = new(StringComparer.Ordinal);

    /// <summary>What the server said of the recipients that it did not accept.</summary>
    public IReadOnlyDictionary<string, SmtpResponse> Refused => _refused;

    protected override void OnRecipientNotAccepted(MimeMessage message, MailboxAddress mailbox, SmtpResponse response) =>
        _refused[mailbox.Address] = response;

    // Without an exception the client would go on to DATA.
    protected override void OnNoRecipientsAccepted(MimeMessage message) => throw new NoRecipientException();

    /// <summary>No recipient was accepted; <see cref="Refused"/> has the answer for each.</summary>
    public sealed class NoRecipientException : Exception;
}
