using UnifiedMsg.Database;
using UnifiedMsg.Mime;
using UnifiedMsg.Store;

namespace UnifiedMsg.Delivery;

/// <summary>The one road that messages take, whoever made them: SMTP, a client's submission, voice mail.</summary>
public interface ISubmission
{
    /// <summary>
    /// Accepts a message for all of its recipients in one durable unit: local mailboxes get their items, others a queue row
    /// each. When the task completes, the message would survive a power cut.
    /// </summary>
    /// <exception cref="SubmissionException">Nothing was accepted; says which recipient was refused and why.</exception>
    Task<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken = default);
}

/// <summary>A message on its way in.</summary>
/// <param name="Sender">The reverse-path (RFC 5321 §4.1.1.2) without angle brackets; empty for the null reverse-path.</param>
/// <param name="Recipients">Forward-paths without angle brackets.</param>
/// <param name="Content">The staged message. The caller keeps it and disposes it.</param>
/// <param name="Kind">What the delivered items are; only our own code says other than <see cref="ItemKind.Mail"/>.</param>
/// <param name="InSameUnit">Statements that commit together with the acceptance (a job row that goes away), or null.</param>
public sealed record Submission(
    string Sender, IReadOnlyList<string> Recipients, StagedContent Content, ItemKind Kind = ItemKind.Mail,
    Func<IWriteSession, ValueTask>? InSameUnit = null);

/// <summary>What became of a submission.</summary>
/// <param name="QueueId">The name under which logs and the queue know it.</param>
/// <param name="Delivered">The items put into local mailboxes.</param>
/// <param name="Queued">Recipients elsewhere that wait in the queue.</param>
/// <param name="Failed">Groups that it did not reach as a whole, because mailboxes of members are full; the sender is to be told.</param>
public sealed record SubmitResult(
    string QueueId, IReadOnlyList<Item> Delivered, IReadOnlyList<string> Queued, IReadOnlyList<FailedRecipient> Failed);

/// <summary>A refused submission, with the enhanced status code (RFC 3463) and the recipient that it concerns, if one.</summary>
public sealed class SubmissionException(int replyCode, string statusCode, string message, string? recipient = null) : Exception(message)
{
    /// <summary>The SMTP reply code, for example 550.</summary>
    public int ReplyCode { get; } = replyCode;

    /// <summary>The enhanced status code, for example <c>5.1.1</c>.</summary>
    public string StatusCode { get; } = statusCode;

    /// <summary>The recipient refused, or null when the message as a whole is.</summary>
    public string? Recipient { get; } = recipient;

    /// <summary>The account whose mailbox is full, when that is why.</summary>
    internal long? AccountId { get; init; }
}
