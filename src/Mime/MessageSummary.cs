namespace UnifiedMsg.Mime;

/// <summary>What lists, IMAP's ENVELOPE and BODYSTRUCTURE, and part look-ups need of a message, computed once at ingest.</summary>
/// <param name="Envelope">RFC 9051 §7.5.2 envelope.</param>
/// <param name="Body">The root of the part tree.</param>
/// <param name="Preview">The first words of the text, at most 256 characters, white space folded.</param>
public sealed record MessageSummary(Envelope Envelope, MessagePart Body, string Preview);

/// <summary>The envelope as the headers give it; RFC 2047 words stay encoded, as IMAP sends them.</summary>
public sealed record Envelope(
    string? Date, string? Subject, IReadOnlyList<EnvelopeAddress> From, IReadOnlyList<EnvelopeAddress> Sender,
    IReadOnlyList<EnvelopeAddress> ReplyTo, IReadOnlyList<EnvelopeAddress> To, IReadOnlyList<EnvelopeAddress> Cc,
    IReadOnlyList<EnvelopeAddress> Bcc, string? InReplyTo, string? MessageId)
{
    /// <summary>The References field, for the thread at ingest. IMAP's envelope is without it, and so is the stored form.</summary>
    public string? References { get; init; }
}

/// <summary>One address, or a group's start (Host null, Mailbox the group's name) or end (both null). RFC 9051 §7.5.2.</summary>
public sealed record EnvelopeAddress(string? Name, string? Mailbox, string? Host);

/// <summary>One part of the tree: RFC 9051 §7.5.2 body structure, and where it lies in the raw octets.</summary>
/// <param name="Type">Media type, lower case.</param>
/// <param name="Subtype">Media subtype, lower case.</param>
/// <param name="Parameters">Content-Type parameters in their order.</param>
/// <param name="Id">Content-ID, or null.</param>
/// <param name="Description">Content-Description, or null.</param>
/// <param name="Encoding">Content-Transfer-Encoding, <c>7bit</c> when absent.</param>
/// <param name="Md5">Content-MD5, or null.</param>
/// <param name="Disposition">Content-Disposition type, or null.</param>
/// <param name="DispositionParameters">Its parameters in their order.</param>
/// <param name="Languages">Content-Language.</param>
/// <param name="Location">Content-Location, or null.</param>
/// <param name="HeaderOffset">Where the part's header begins, in octets from the start of the message.</param>
/// <param name="BodyOffset">Where its body begins (after the blank line).</param>
/// <param name="BodyLength">Octets of its body as they lie in the message (still encoded).</param>
/// <param name="Lines">Line ends in its body.</param>
/// <param name="Children">The parts of a multipart; of message/rfc822 the one root part of the message inside; else empty.</param>
/// <param name="Envelope">Of message/rfc822: the envelope of the message inside.</param>
public sealed record MessagePart(
    string Type, string Subtype, IReadOnlyList<KeyValuePair<string, string>> Parameters, string? Id, string? Description,
    string Encoding, string? Md5, string? Disposition, IReadOnlyList<KeyValuePair<string, string>> DispositionParameters,
    IReadOnlyList<string> Languages, string? Location, long HeaderOffset, long BodyOffset, long BodyLength, int Lines,
    IReadOnlyList<MessagePart> Children, Envelope? Envelope);
