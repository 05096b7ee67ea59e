namespace UnifiedMsg.Delivery;

/// <summary>Who we are as a mail system.</summary>
public sealed record DeliveryOptions
{
    /// <summary>Our name in SMTP, in trace headers and in reports.</summary>
    public required string HostName { get; init; }

    /// <summary>The domains whose mail ends here. Mail for any other goes to the queue.</summary>
    public required IReadOnlyCollection<string> Domains { get; init; }

    /// <summary>Who gets mail for <c>postmaster</c> (RFC 5321 §4.5.1) when no account or group has that address; null for nobody.</summary>
    public string? Postmaster { get; init; }
}
