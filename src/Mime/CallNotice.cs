namespace UnifiedMsg.Mime;

/// <summary>
/// What a message about a call says of the call. Everything that comes from the caller is untrusted: the builders clean and
/// escape it, whoever calls them need not.
/// </summary>
/// <param name="ServiceAddress">Our own address that the message comes from when the caller has none here, such as <c>voicemail@example.test</c>.</param>
/// <param name="Recipient">The address of the person called.</param>
/// <param name="Called">The number or name that was called, as it was dialled.</param>
/// <param name="When">When the call came, in the offset that is to be shown.</param>
public sealed record CallNotice(string ServiceAddress, string Recipient, string Called, DateTimeOffset When)
{
    /// <summary>The display name of the person called, or null.</summary>
    public string? RecipientName { get; init; }

    /// <summary>The caller's number as it was signalled, or null when it was withheld.</summary>
    public string? CallerNumber { get; init; }

    /// <summary>The caller's display name, or null.</summary>
    public string? CallerName { get; init; }

    /// <summary>Whether the caller does not want to be known; number and name are null then.</summary>
    public bool CallerWithheld { get; init; }

    /// <summary>What a check of the caller's identity found, or null when there was none.</summary>
    public CallerProof? CallerProof { get; init; }

    /// <summary>The caller's mail address, given only when the caller is one of our people and proved it: the message is then from it.</summary>
    public string? CallerAddress { get; init; }

    /// <summary>The SIP Call-ID, or null.</summary>
    public string? CallId { get; init; }

    /// <summary>The Message-ID without angle brackets; null makes a new one in the domain of the service address. Given
    /// again after a restart, the same call makes the same message.</summary>
    public string? MessageId { get; init; }
}

/// <summary>What a check of the caller's identity (STIR/SHAKEN) found.</summary>
/// <param name="Token">The result as 3GPP TS 24.229 §7.2A.20 names it, such as <c>TN-Validation-Passed</c>; goes into a header.</param>
/// <param name="Words">The same for a person to read.</param>
public sealed record CallerProof(string Token, string Words);
