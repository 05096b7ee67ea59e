using System.Net;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Registrar;

/// <summary>Where one phone of an address of record is (RFC 3261 §10.3).</summary>
public sealed record SipBinding
{
    /// <summary>Whose phone, in the form that <see cref="IRegistrarPolicy"/> gave.</summary>
    public required string AddressOfRecord { get; init; }

    /// <summary>The URI that requests for the phone have.</summary>
    public required SipUri Contact { get; init; }

    /// <summary>Call-ID of the REGISTER that made it or refreshed it last.</summary>
    public required string CallId { get; init; }

    /// <summary>CSeq of that REGISTER.</summary>
    public required uint Sequence { get; init; }

    /// <summary>When it ends unless it is refreshed.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>Preference from 0 to 1 (RFC 3261 §20.10).</summary>
    public double Preference { get; init; } = 1;

    /// <summary>The device, <c>+sip.instance</c> (RFC 5626 §4.1); null when it does not say.</summary>
    public string? Instance { get; init; }

    /// <summary>Which of the device's ways to us, <c>reg-id</c> (RFC 5626 §4.2); 0 when it does not say.</summary>
    public int RegistrationId { get; init; }

    /// <summary>Proxies to pass on the way to the phone, the first one first (RFC 3327).</summary>
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>The transport by which the REGISTER came.</summary>
    public required SipTransportKind Transport { get; init; }

    /// <summary>Where it came from.</summary>
    public required IPEndPoint Source { get; init; }

    /// <summary>
    /// Whether the phone itself sent it, with no proxy between: then requests go to <see cref="Source"/>, which leads through address
    /// translation where the Contact does not (RFC 5626 §5.3).
    /// </summary>
    public bool IsDirect { get; init; }

    /// <summary>What the phone calls itself, or null.</summary>
    public string? UserAgent { get; init; }

    /// <summary>
    /// Whether both are the same binding: the same URI (RFC 3261 §10.3), or the same way of the same device, which comes back with
    /// another URI when it was restarted (RFC 5626 §6).
    /// </summary>
    public bool IsSameAs(SipBinding other) => Contact.IsSameAs(other.Contact)
        || (Instance is not null && Instance == other.Instance && RegistrationId == other.RegistrationId);
}
