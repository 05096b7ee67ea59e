using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Registration;

/// <summary>A registration to keep up (RFC 3261 §10.2).</summary>
public sealed record RegistrationOrder
{
    /// <summary>Its name in logs and figures.</summary>
    public required string Name { get; init; }

    /// <summary>Who registers: the address whose calls are to come here.</summary>
    public required SipUri AddressOfRecord { get; init; }

    /// <summary>The registrars, the preferred one first. When one fails, the next is tried at once.</summary>
    public required IReadOnlyList<SipUri> Servers { get; init; }

    /// <summary>Name and password, or null.</summary>
    public SipCredentials? Credentials { get; init; }

    /// <summary>How long to ask for. The server may grant less, and with 423 asks for more.</summary>
    public TimeSpan Expires { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A proxy on the way to every server, or null.</summary>
    public SipUri? OutboundProxy { get; init; }

    /// <summary>
    /// The user part of our Contact, and so of the Request-URI of calls that come by this registration; null: that of
    /// <see cref="AddressOfRecord"/>.
    /// </summary>
    public string? ContactUser { get; init; }

    /// <summary>Told how it stands, one change after the other, also of each refresh.</summary>
    public Action<RegistrationStatus>? OnChange { get; init; }

    /// <summary>RFC 5626 §4.5 base-time: the wait after the first failure of all servers is between half of this and all of it.</summary>
    public TimeSpan BackOffBase { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>RFC 5626 §4.5 max-time: waits double up to this.</summary>
    public TimeSpan BackOffMax { get; init; } = TimeSpan.FromMinutes(30);
}

/// <summary>How a registration stands.</summary>
public enum RegistrationState
{
    /// <summary>Asked for, and not yet answered.</summary>
    Registering,

    /// <summary>In force.</summary>
    Registered,

    /// <summary>No server has taken it; it is tried again later.</summary>
    Failed,

    /// <summary>Ended by us.</summary>
    Stopped,
}

/// <summary>How a registration stands, and why.</summary>
/// <param name="State">The state.</param>
/// <param name="Server">The server that holds it, or that was asked last.</param>
/// <param name="Reason">What the last failure was, such as <c>403 Forbidden</c>; null when there is none.</param>
/// <param name="Expires">When it ends unless it is refreshed; null when it is not in force.</param>
public sealed record RegistrationStatus(RegistrationState State, SipUri Server, string? Reason, DateTimeOffset? Expires);
