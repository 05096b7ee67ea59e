using System.Buffers.Text;
using System.Text;
using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Accounts.Sasl;
using UnifiedMsg.Network;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>AUTHENTICATE: a SASL exchange in base64 lines, with an initial response (RFC 4959).</summary>
internal static class AuthenticateCommand
{
    // More steps than any mechanism has.
    private const int MaxSteps = 8;

    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAtom(out var mechanism)) return command.Wrong();
        ReadOnlyMemory<byte>? response = null;
        if (reader.Take(' '))
        {
            if (!TryDecodeInitial(reader.Rest, out var initial)) return Reply.Bad("The initial response is not base64");
            response = initial;
        }
        else if (!reader.ExpectEnd())
        {
            return command.Wrong();
        }

        var exchange = session.Sasl.Begin(mechanism, session.PlainLoginAllowed, session.Peer);
        if (exchange is null) return Reply.No("Unknown mechanism, or it needs TLS first", "CANNOT");
        for (var count = 0; count < MaxSteps; count++)
        {
            var step = await exchange.StepAsync(response, cancellationToken);
            if (step is not SaslStep.Challenge challenge) return await LoginOutcome.FinishAsync(session, step, cancellationToken);
            session.Writer.Text($"+ {Convert.ToBase64String(challenge.Octets)}").End();
            await session.Writer.FlushAsync(cancellationToken);
            var line = await session.Lines.ReadLineAsync(cancellationToken);
            if (line.Status is not (LineStatus.Line or LineStatus.BareLineFeed)) return new Reply(ReplyKind.Bad, "No response came", Close: true);
            if (line.Octets.Span is [(byte)'*']) return Reply.Bad("Cancelled");
            if (!TryDecode(line.Octets.Span, out var octets)) return Reply.Bad("The response is not base64");
            response = octets;
        }

        return Reply.Bad("The exchange has too many steps");
    }

    // RFC 4959 §3: "=" is an initial response of no octets.
    private static bool TryDecodeInitial(ReadOnlySpan<byte> text, out byte[] octets)
    {
        octets = [];
        return text is [(byte)'='] || TryDecode(text, out octets);
    }

    private static bool TryDecode(ReadOnlySpan<byte> text, out byte[] octets)
    {
        octets = [];
        if (!Base64.IsValid(text, out var length)) return false;
        octets = Convert.FromBase64String(Encoding.ASCII.GetString(text));
        return octets.Length == length;
    }
}
