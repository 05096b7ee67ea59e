using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Delivery.Smtp.Wire;
using UnifiedMsg.Store;

namespace UnifiedMsg.Delivery.Smtp.Intake;

/// <summary>Takes a message from its first octet to the reply: looks at its header, adds the trace, stages and submits it.</summary>
internal static partial class MessageIntake
{
    // RFC 5321 §4.5.3.2.6: a client waits ten minutes for the reply to its message.
    private static readonly TimeSpan ReportPatience = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan BetweenReports = TimeSpan.FromSeconds(2);

    /// <summary>Reads a message and stages it, with our trace on top.</summary>
    public static async Task<IntakeResult> StageAsync(SmtpSession session, Stream content, CancellationToken cancellationToken)
    {
        var options = session.Context.Options;
        var start = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            int length = 0, end;
            var isWhole = false;
            var scanner = default(HeaderScanner);
            while ((end = scanner.FindEnd(start.AsSpan(0, length), isWhole)) < 0)
            {
                if (length >= options.MaxHeaderLength)
                    return IntakeResult.Refused(Replies.HeaderTooLarge);
                if (length == start.Length)
                    start = Grow(start);
                var read = await content.ReadAsync(start.AsMemory(length), cancellationToken);
                isWhole = read == 0;
                length += read;
            }
            var top = new ArrayBufferWriter<byte>(length + 1024);
            if (WriteTop(session, start.AsSpan(0, length), end, top) > options.MaxHops)
                return IntakeResult.Refused(Replies.Loop);
            var header = top.WrittenMemory[..(top.WrittenCount - (length - end))];
            var limit = options.MaxMessageSize + top.WrittenCount - length;
            var staged = await session.Context.Store.StageAsync(
                new PrefixedStream(top.WrittenMemory, content), limit, cancellationToken);
            return new IntakeResult(staged, header, null);
        }
        catch (StoreException e) when (e.Error == StoreError.TooLarge)
        {
            return IntakeResult.Refused(Replies.MessageTooLarge);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(start);
        }
    }

    /// <summary>Submits what was staged and ends the transaction. LMTP gets one reply for each recipient (RFC 2033 §4.2).</summary>
    public static async ValueTask<SmtpReply> FinishAsync(SmtpSession session, IntakeResult intake, CancellationToken cancellationToken)
    {
        var transaction = session.Transaction;
        List<SmtpReply> replies;
        if (intake.Refusal is not null)
            replies = [.. transaction.Recipients.Select(_ => intake.Refusal)];
        else
        {
            await using var content = intake.Content!;
            replies = await SubmitAsync(session, transaction, content, intake.Header);
        }
        await session.ResetAsync();
        if (session.Role != SmtpRole.Lmtp)
            return replies[0];
        foreach (var reply in replies[..^1])
            reply.WriteTo(session.Connection.Output);
        return replies[^1];
    }

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    // Writes the trace, the header as it is kept, and what else has been read; returns the hops so far.
    private static int WriteTop(SmtpSession session, ReadOnlySpan<byte> start, int end, ArrayBufferWriter<byte> top)
    {
        var isSubmission = session.Role == SmtpRole.Submission;
        Encoding.UTF8.GetBytes(TraceHeader.Make(session), top);
        var facts = HeaderSection.Copy(start[..end], dropBcc: isSubmission, top);
        if (end > 0 && start[end - 1] != (byte)'\n')
            top.Write("\r\n"u8);
        if (isSubmission && !facts.HasDate)
            Encoding.UTF8.GetBytes(TraceHeader.MakeDate(session.Context.Time.GetUtcNow()), top);
        if (isSubmission && !facts.HasMessageId)
            Encoding.UTF8.GetBytes(TraceHeader.MakeMessageId(session.Context.Options.HostName), top);
        // A body that begins without the blank line would be taken for more of the header.
        if (start[end..] is not ([(byte)'\r', (byte)'\n', ..] or [(byte)'\n', ..]))
            top.Write("\r\n"u8);
        top.Write(start[end..]);
        return facts.Hops;
    }

    // A mailbox that can't take the message must not cost the others theirs: it is left out, and answered for on its own.
    private static async ValueTask<List<SmtpReply>> SubmitAsync(
        SmtpSession session, SmtpTransaction transaction, StagedContent content, ReadOnlyMemory<byte> header)
    {
        var refused = new Dictionary<string, SubmissionException>(StringComparer.Ordinal);
        SubmitResult? result = null;
        while (result is null && transaction.Recipients.Any(recipient => !refused.ContainsKey(recipient)))
        {
            try
            {
                // Not cancelled by a stop: the client has said all, and the answer is a moment away.
                result = await session.Context.Submission.SubmitAsync(new Submission(transaction.Sender,
                    [.. transaction.Recipients.Where(recipient => !refused.ContainsKey(recipient))], content), CancellationToken.None);
            }
            catch (SubmissionException e) when (e.Recipient is not null && refused.TryAdd(e.Recipient, e))
            {
                Log.RecipientRefused(session.Logger, session.Connection.Id, e.Recipient, e.StatusCode, e.Message);
                // Nobody could be told of it afterwards, so all wait for the one, or none has it.
                if (transaction.Sender.Length == 0 && session.Role != SmtpRole.Lmtp)
                    return [.. transaction.Recipients.Select(_ => ReplyOf(e))];
            }
            catch (SubmissionException e)
            {
                return [.. transaction.Recipients.Select(_ => ReplyOf(e))];
            }
        }
        if (result is null)
            return [.. transaction.Recipients.Select(recipient => ReplyOf(refused[recipient]))];
        Log.Accepted(session.Logger, session.Connection.Id, session.TraceId, result.QueueId);
        var accepted = new SmtpReply(250, "2.0.0", $"Accepted as {result.QueueId}");
        var failed = result.Failed.ToList();
        // Only LMTP can say it of each recipient.
        if (session.Role != SmtpRole.Lmtp)
            failed.AddRange(refused.Values.Select(e => new Mime.FailedRecipient(e.Recipient!, e.StatusCode, null, $"{e.ReplyCode} {e.StatusCode} {e.Message}")));
        if (failed.Count > 0)
            await ReportAsync(session, transaction.Sender, header, result.QueueId, failed);
        return session.Role == SmtpRole.Lmtp
            ? [.. transaction.Recipients.Select(recipient => refused.TryGetValue(recipient, out var e) ? ReplyOf(e) : accepted)]
            : [accepted];
    }

    // The others have their message, and would get another if the client were told to come again: so the report is tried for as long as a client
    // waits for an answer with patience.
    private static async Task ReportAsync(
        SmtpSession session, string sender, ReadOnlyMemory<byte> header, string queueId, IReadOnlyList<Mime.FailedRecipient> failed)
    {
        var time = session.Context.Time;
        for (var begun = time.GetTimestamp(); ;)
        {
            try
            {
                await session.Context.Bouncer.BounceAsync(queueId, sender, header, time.GetUtcNow(), failed, null, CancellationToken.None);
                return;
            }
            catch (Exception fault)
            {
                var isGivenUp = time.GetElapsedTime(begun) > ReportPatience;
                Log.NotReported(session.Logger, isGivenUp ? LogLevel.Error : LogLevel.Warning, queueId, sender, fault);
                if (isGivenUp)
                    return;
            }
            await Task.Delay(BetweenReports, time);
        }
    }

    private static SmtpReply ReplyOf(SubmissionException e) => new(e.ReplyCode, e.StatusCode, e.Message);

    private static partial class Log
    {
        [LoggerMessage(7110, LogLevel.Information, "{Connection}: message {TraceId} accepted as {QueueId}")]
        public static partial void Accepted(ILogger logger, string connection, string traceId, string queueId);

        [LoggerMessage(EventId = 7112, Message = "{QueueId}: <{Sender}> could not be told who does not have the message")]
        public static partial void NotReported(ILogger logger, LogLevel level, string queueId, string sender, Exception fault);

        [LoggerMessage(7111, LogLevel.Information, "{Connection}: recipient <{Recipient}> refused: {Status} {Reason}")]
        public static partial void RecipientRefused(ILogger logger, string connection, string recipient, string status, string reason);
    }
}
