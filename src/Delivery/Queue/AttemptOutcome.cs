namespace UnifiedMsg.Delivery.Queue;

/// <summary>What became of one recipient in one attempt.</summary>
/// <param name="Recipient">The recipient.</param>
/// <param name="Verdict">Delivered, put off or failed.</param>
/// <param name="Status">The enhanced status code.</param>
/// <param name="RemoteHost">The server that said so, or null when none did.</param>
/// <param name="Diagnostic">What it said.</param>
internal sealed record AttemptOutcome(string Recipient, AttemptVerdict Verdict, string Status, string? RemoteHost, string Diagnostic);

/// <summary>The three ends of an attempt.</summary>
internal enum AttemptVerdict
{
    /// <summary>The other server has it.</summary>
    Delivered,

    /// <summary>It is to be tried again.</summary>
    PutOff,

    /// <summary>It is of no use to try again.</summary>
    Failed,
}
