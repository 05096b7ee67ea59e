using System.Buffers.Text;
using System.Net;
using System.Text;
using UnifiedMsg.Accounts.Sasl;
using UnifiedMsg.Delivery.Smtp.Wire;
using UnifiedMsg.Network;

namespace UnifiedMsg.Delivery.Smtp.Commands;

/// <summary>AUTH. RFC 4954 §4.</summary>
internal static class AuthCommand
{
    private static readonly SmtpReply Success = new(235, "2.7.0", "Welcome");
    private static readonly SmtpReply BadCredentials = new(535, "5.7.8", "Name or password are wrong");
    private static readonly SmtpReply TooManyFailures = new(454, "4.7.0", "Too many failed log-ins, try again later", Close: true);
    private static readonly SmtpReply Malformed = new(501, "5.5.2", "The response is malformed");
    private static readonly SmtpReply Cancelled = new(501, "5.7.0", "Authentication cancelled");
    private static readonly SmtpReply UnknownMechanism = new(504, "5.5.4", "This mechanism is not offered");

    /// <summary>Whether the session may authenticate now: under TLS, or in plain from this machine where the options allow it.</summary>
    public static bool IsOffered(SmtpSession session) =>
        session.Role == SmtpRole.Submission
        && (session.Connection.IsTls
            || (session.Context.Options.AllowPlainAuthOnLoopback && IPAddress.IsLoopback(session.Connection.RemoteEndPoint.Address)));

    /// <summary>The mechanisms as EHLO lists them.</summary>
    public static string Mechanisms(SmtpSession session) => string.Join(' ', session.Context.Sasl.Mechanisms(plainAllowed: true));

    public static async ValueTask<SmtpReply> HandleAsync(SmtpSession session, ReadOnlyMemory<byte> argument, CancellationToken cancellationToken)
    {
        if (!IsOffered(session))
            return new SmtpReply(538, "5.7.11", "Issue STARTTLS first"); // RFC 4954 §6
        if (session.Account is not null)
            return Replies.BadSequence; // RFC 4954 §4: no second one
        var space = argument.Span.IndexOf((byte)' ');
        var mechanism = Encoding.ASCII.GetString(space < 0 ? argument.Span : argument.Span[..space]);
        var peer = new SaslPeer(session.Connection.RemoteEndPoint.Address, session.Connection.Id);
        if (session.Context.Sasl.Begin(mechanism, plainAllowed: true, peer) is not { } exchange)
            return UnknownMechanism;
        ReadOnlyMemory<byte>? response = null;
        if (space >= 0)
        {
            // RFC 4954 §4: "=" is an initial response that is there but empty.
            var initial = argument[(space + 1)..];
            if (initial.Span is [(byte)'='])
                response = ReadOnlyMemory<byte>.Empty;
            else if (TryDecode(initial.Span, out var decoded))
                response = decoded;
            else
                return Malformed;
        }
        return await ExchangeAsync(session, exchange, response, cancellationToken);
    }

    private static async ValueTask<SmtpReply> ExchangeAsync(
        SmtpSession session, ISaslExchange exchange, ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
    {
        while (true)
        {
            var step = await exchange.StepAsync(response, cancellationToken);
            switch (step)
            {
                case SaslStep.Success success:
                    session.Account = success.Account;
                    return Success;
                case SaslStep.Failure failure:
                    return Refuse(session, failure.Reason);
            }
            var challenge = Convert.ToBase64String(((SaslStep.Challenge)step).Octets);
            await session.SendAsync(new SmtpReply(334, null, challenge), cancellationToken);
            var line = await session.Reader.ReadLineAsync(cancellationToken);
            if (line.Status is LineStatus.End or LineStatus.TimedOut)
                return Replies.TimedOut;
            if (line.Octets.Span is [(byte)'*'])
                return Cancelled;
            if (line.Status != LineStatus.Line || !TryDecode(line.Octets.Span, out var decoded))
                return Malformed;
            response = decoded;
        }
    }

    private static SmtpReply Refuse(SmtpSession session, SaslFailure reason)
    {
        // The limits over all connections are the SASL server's; this one makes a guesser connect anew.
        if (reason == SaslFailure.BadCredentials && ++session.FailedLogins >= session.Context.Options.MaxFailedLogins)
            return BadCredentials with { Close = true };
        return reason switch
        {
            SaslFailure.TooManyFailures => TooManyFailures,
            SaslFailure.Malformed => Malformed,
            _ => BadCredentials,
        };
    }

    private static bool TryDecode(ReadOnlySpan<byte> base64, out byte[] octets)
    {
        octets = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        if (base64.Length % 4 != 0 || Base64.DecodeFromUtf8(base64, octets, out _, out var written) != System.Buffers.OperationStatus.Done)
            return false;
        Array.Resize(ref octets, written);
        return true;
    }
}
