using System.Text;
using UnifiedMsg.Delivery.Smtp.Intake;
using UnifiedMsg.Delivery.Smtp.Wire;

namespace UnifiedMsg.Delivery.Smtp.Commands;

/// <summary>BDAT. RFC 3030 §2.</summary>
internal static class BdatCommand
{
    public static async ValueTask<SmtpReply> HandleAsync(SmtpSession session, ReadOnlyMemory<byte> argument, CancellationToken cancellationToken)
    {
        // Without a size there is no telling where the next command begins.
        if (!TryRead(argument.Span, out var length, out var isLast))
            return Replies.SyntaxError with { Close = true };
        if (length > session.Context.Options.MaxMessageSize)
            return Replies.MessageTooLarge with { Close = true };
        var chunk = session.Reader.ReadLiteral(length);
        // RFC 3030 §2: the octets of a refused chunk are read and dropped. Were they not, they would be taken for commands.
        if ((session.State & (SmtpState.HasRecipient | SmtpState.Chunking)) == 0)
        {
            await chunk.DrainAsync(cancellationToken);
            return session.State == SmtpState.HasSender ? new SmtpReply(503, "5.5.1", "No valid recipients") : Replies.BadSequence;
        }
        var transaction = session.Transaction;
        session.BeginChunks();
        var chunks = transaction.Chunks ??= new ChunkedMessage(content => MessageIntake.StageAsync(session, content, CancellationToken.None));
        await chunks.AddAsync(chunk, cancellationToken);
        if (!isLast)
            return new SmtpReply(250, "2.0.0", $"{length} octets received");
        var staged = await chunks.CompleteAsync();
        return await MessageIntake.FinishAsync(session, staged, cancellationToken);
    }

    private static bool TryRead(ReadOnlySpan<byte> argument, out long length, out bool isLast)
    {
        var space = argument.IndexOf((byte)' ');
        isLast = space >= 0 && Ascii.EqualsIgnoreCase(argument[(space + 1)..].Trim((byte)' '), "LAST"u8);
        var digits = space < 0 ? argument : argument[..space];
        return long.TryParse(digits, System.Globalization.NumberStyles.None, null, out length) && (space < 0 || isLast);
    }
}
