namespace UnifiedMsg.Access.Imap.Commands.Fetch;

/// <summary>What became of one message of a FETCH.</summary>
internal enum FetchOutcome
{
    /// <summary>Its response is written.</summary>
    Written,

    /// <summary>Somebody expunged it meanwhile.</summary>
    Gone,

    /// <summary>Its content is missing or damaged.</summary>
    Unreadable,
}
