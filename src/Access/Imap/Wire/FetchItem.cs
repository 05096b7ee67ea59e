namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>What a FETCH can ask for. RFC 9051 §6.4.5.</summary>
internal enum FetchKind
{
    Uid,
    Flags,
    InternalDate,
    Size,
    Envelope,
    Body,
    BodyStructure,
    ModSeq,
    Preview,
    EmailId,
    ThreadId,
    Section,
    Binary,
    BinarySize,
}

/// <summary>The part of a section that is wanted.</summary>
internal enum SectionText
{
    /// <summary>All of it.</summary>
    All,

    /// <summary>HEADER</summary>
    Header,

    /// <summary>HEADER.FIELDS</summary>
    Fields,

    /// <summary>HEADER.FIELDS.NOT</summary>
    FieldsNot,

    /// <summary>TEXT</summary>
    Text,

    /// <summary>MIME</summary>
    Mime,
}

/// <summary>A section of a message.</summary>
/// <param name="Part">The part number; empty for the message itself.</param>
/// <param name="Text">What of it.</param>
/// <param name="Fields">Header field names for the two that take them.</param>
internal sealed record BodySection(IReadOnlyList<int> Part, SectionText Text, IReadOnlyList<string> Fields);

/// <summary>One item of a FETCH.</summary>
/// <param name="Kind">What.</param>
/// <param name="Label">How the answer names it.</param>
/// <param name="Section">Of sections.</param>
/// <param name="Peek">Whether <c>\Seen</c> stays as it is.</param>
/// <param name="PartialStart">The first octet wanted, or -1 for all.</param>
/// <param name="PartialCount">Octets wanted at most.</param>
internal sealed record FetchItem(
    FetchKind Kind, string Label, BodySection? Section = null, bool Peek = true, long PartialStart = -1, long PartialCount = 0);
