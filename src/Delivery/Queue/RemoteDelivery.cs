using System.Net;
using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace UnifiedMsg.Delivery.Queue;

/// <summary>One attempt: finds the server, gives it the message, and says what became of each recipient.</summary>
internal sealed partial class RemoteDelivery(DeliveryOptions delivery, QueueOptions options, IMailExchangers exchangers, ILogger logger)
{
    private static readonly TimeSpan FarewellTimeout = TimeSpan.FromSeconds(5);

    private const string NoAnswer = "4.4.1"; // RFC 3463 §3.5: no answer from host

    /// <summary>Tries once. It throws only when <paramref name="cancellationToken"/> is cancelled.</summary>
    public async Task<IReadOnlyList<AttemptOutcome>> TryAsync(QueueClaim claim, Stream content, CancellationToken cancellationToken)
    {
        using var message = await ParseAsync(content, cancellationToken);
        if (options.SmartHost is { } relay)
            return await TryHostsAsync(claim, message, [relay.Host], relay.Port, relay, cancellationToken);
        var found = await exchangers.FindAsync(claim.Domain, cancellationToken);
        return found.Status switch
        {
            ExchangerStatus.NullMx => All(claim, AttemptVerdict.Failed, "5.1.10", null, found.Reason), // RFC 7505 §4.1
            ExchangerStatus.NoSuchDomain => All(claim, AttemptVerdict.Failed, "5.1.2", null, found.Reason),
            ExchangerStatus.Unavailable => All(claim, AttemptVerdict.PutOff, "4.4.3", null, found.Reason),
            _ => await TryHostsAsync(claim, message, found.Hosts, options.RemotePort, null, cancellationToken),
        };
    }

    // The first server that lets us in gets the message. Once it has begun to take it no other is tried: it may have it already.
    private async Task<IReadOnlyList<AttemptOutcome>> TryHostsAsync(
        QueueClaim claim, MimeMessage message, IReadOnlyList<string> hosts, int port, SmartHost? relay, CancellationToken cancellationToken)
    {
        var reason = "it has no address";
        foreach (var host in hosts)
        {
            // RFC 5321 §5.1: a list that leads back to ourselves ends here, else the message would go round in circles.
            if (relay is null && host.Equals(delivery.HostName, StringComparison.OrdinalIgnoreCase))
                return All(claim, AttemptVerdict.Failed, "5.4.6", null, $"the mail of {claim.Domain} is directed to this server, which does not take it");
            foreach (var address in await exchangers.FindAddressesAsync(host, cancellationToken))
            {
                try
                {
                    using var client = await ConnectAsync(host, new IPEndPoint(address, port), relay, cancellationToken);
                    return await SendAsync(claim, message, client, host, cancellationToken);
                }
                catch (UnreachableException e)
                {
                    reason = e.Message;
                    Log.Unreachable(logger, claim.Message.QueueId, host, address, reason);
                }
            }
        }
        return All(claim, AttemptVerdict.PutOff, NoAnswer, null, $"{hosts[^1]} can't be reached: {reason}");
    }

    private async Task<OutboundClient> ConnectAsync(string host, IPEndPoint endPoint, SmartHost? relay, CancellationToken cancellationToken)
    {
        var security = relay?.Tls switch
        {
            SmartHostTls.StartTls => SecureSocketOptions.StartTls,
            SmartHostTls.Implicit => SecureSocketOptions.SslOnConnect,
            SmartHostTls.None => SecureSocketOptions.None,
            _ => SecureSocketOptions.StartTlsWhenAvailable,
        };
        try
        {
            return await ConnectAsync(host, endPoint, security, relay, cancellationToken);
        }
        catch (SslHandshakeException) when (relay is null)
        {
            // Between servers TLS is opportunistic (RFC 7435): what can't be had by STARTTLS goes in plain rather than not at all.
            return await ConnectAsync(host, endPoint, SecureSocketOptions.None, relay, cancellationToken);
        }
        catch (Exception e) when (e is SslHandshakeException or AuthenticationException)
        {
            throw new UnreachableException(e.Message, e);
        }
    }

    private async Task<OutboundClient> ConnectAsync(
        string host, IPEndPoint endPoint, SecureSocketOptions security, SmartHost? relay, CancellationToken cancellationToken)
    {
        var client = new OutboundClient { LocalDomain = delivery.HostName, Timeout = (int)options.ReplyTimeout.TotalMilliseconds };
        // Without DANE or MTA-STS nothing says which name a mail exchanger's certificate should have; a relay's is known.
        if (relay is null)
            client.ServerCertificateValidationCallback = static (_, _, _, _) => true;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using (var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
            {
                limit.CancelAfter(options.ConnectTimeout);
                await socket.ConnectAsync(endPoint, limit.Token);
            }
            await client.ConnectAsync(socket, host, endPoint.Port, security, cancellationToken);
            if (relay is { User: { Length: > 0 } user, Password: { } password })
                await client.AuthenticateAsync(user, password, cancellationToken);
            return client;
        }
        catch (Exception e)
        {
            client.Dispose();
            socket.Dispose();
            if (cancellationToken.IsCancellationRequested || e is SslHandshakeException or AuthenticationException || !IsFaultOfTheLine(e))
                throw;
            throw new UnreachableException(e.Message, e);
        }
    }

    private static async Task<IReadOnlyList<AttemptOutcome>> SendAsync(
        QueueClaim claim, MimeMessage message, OutboundClient client, string host, CancellationToken cancellationToken)
    {
        var format = FormatOptions.Default.Clone();
        format.HiddenHeaders.Add(HeaderId.ReturnPath); // RFC 5321 §4.4: it is for the final delivery
        format.International = claim.Recipients.Any(recipient => !System.Text.Ascii.IsValid(recipient.Recipient)) || !System.Text.Ascii.IsValid(claim.Message.Sender);
        if (format.International && (client.Capabilities & SmtpCapabilities.UTF8) == 0)
            return All(claim, AttemptVerdict.Failed, "5.6.7", host, "the server does not take addresses with other than ASCII characters"); // RFC 6531 §3.5
        var recipients = claim.Recipients.Select(recipient => new MailboxAddress("", recipient.Recipient)).ToList();
        string answer;
        try
        {
            answer = await client.SendAsync(format, message, new MailboxAddress("", claim.Message.Sender), recipients, cancellationToken);
        }
        catch (OutboundClient.NoRecipientException)
        {
            answer = "";
        }
        catch (SmtpCommandException e)
        {
            return All(claim, VerdictOf(e.StatusCode), StatusOf(e.Message, e.StatusCode), host, $"{(int)e.StatusCode} {e.Message}");
        }
        catch (Exception e) when (IsFaultOfTheLine(e) && !cancellationToken.IsCancellationRequested)
        {
            return All(claim, AttemptVerdict.PutOff, "4.4.2", host, $"the connection broke off: {e.Message}"); // RFC 3463 §3.5
        }
        // MailKit names two that differ in their case alone as one; the other goes by itself then.
        var named = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var outcomes = claim.Recipients.Zip(recipients, (recipient, mailbox) => client.RefusalOf(mailbox) is { } refusal
            ? new AttemptOutcome(recipient.Recipient, VerdictOf(refusal.StatusCode), StatusOf(refusal.Response, refusal.StatusCode), host,
                $"{(int)refusal.StatusCode} {refusal.Response}")
            : !named.Add(recipient.Recipient)
            ? new AttemptOutcome(recipient.Recipient, AttemptVerdict.PutOff, "4.5.3", host, "an address that differs in its case alone went first")
            : new AttemptOutcome(recipient.Recipient, AttemptVerdict.Delivered, "2.0.0", host, answer)).ToList();
        await SayFarewellAsync(client, cancellationToken);
        return outcomes;
    }

    // The message has been taken (or not) by now; what goes wrong in the farewell changes nothing, and is not waited for.
    private static async Task SayFarewellAsync(OutboundClient client, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(FarewellTimeout);
        try
        {
            await client.DisconnectAsync(true, limit.Token);
        }
        catch (Exception)
        {
            client.Dispose();
        }
    }

    private static async Task<MimeMessage> ParseAsync(Stream content, CancellationToken cancellationToken)
    {
        var parser = new MimeParser(content, MimeFormat.Entity);
        return await parser.ParseMessageAsync(cancellationToken);
    }

    private static bool IsFaultOfTheLine(Exception e) => e
        is IOException or SocketException or ProtocolException or CommandException or OperationCanceledException or NotSupportedException
        or TimeoutException or ServiceNotConnectedException or ServiceNotAuthenticatedException;

    private static AttemptVerdict VerdictOf(SmtpStatusCode code) => (int)code >= 500 ? AttemptVerdict.Failed : AttemptVerdict.PutOff;

    // The enhanced code that stands at the start of the text (RFC 2034), else the general one of the reply's class.
    private static string StatusOf(string text, SmtpStatusCode code)
    {
        var word = text.AsSpan();
        var space = word.IndexOfAny(' ', '\r', '\n');
        if (space > 0)
            word = word[..space];
        var isStatus = word.Length is >= 5 and <= 9 && word[0] is '4' or '5' && word.Count('.') == 2 && word.IndexOfAnyExcept("0123456789.") < 0;
        return isStatus ? word.ToString() : (int)code >= 500 ? "5.0.0" : "4.0.0";
    }

    /// <summary>The same of all recipients.</summary>
    public static List<AttemptOutcome> All(QueueClaim claim, AttemptVerdict verdict, string status, string? host, string diagnostic) =>
        [.. claim.Recipients.Select(recipient => new AttemptOutcome(recipient.Recipient, verdict, status, host, diagnostic))];

    // The server did not let us in; another one may.
    private sealed class UnreachableException(string message, Exception inner) : Exception(message, inner);

    private static partial class Log
    {
        [LoggerMessage(7020, LogLevel.Information, "{QueueId}: {Host} ({Address}) can't be reached: {Reason}")]
        public static partial void Unreachable(ILogger logger, string queueId, string host, IPAddress address, string reason);
    }
}
