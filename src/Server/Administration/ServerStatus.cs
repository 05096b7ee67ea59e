using UnifiedMsg.Sip.Gateways;
using UnifiedMsg.Sip.Guard;
using UnifiedMsg.Sip.Registration;
using UnifiedMsg.Store.Maintenance;
using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Server.Administration;

/// <summary>How a running server stands.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Started">Since when it is up.</param>
/// <param name="UptimeSeconds">How long that is.</param>
/// <param name="Calls">Calls that are not over, in both directions.</param>
/// <param name="Phones">Phones that are registered with it now.</param>
/// <param name="Sip">Where it listens for SIP.</param>
/// <param name="Registrations">Its registrations with providers.</param>
/// <param name="Gateways">The gateways that it watches.</param>
/// <param name="Blocked">Who is shut out, whoever comes in again first at the top.</param>
/// <param name="Search">How the search index stands.</param>
/// <param name="Backfill">What an upgrade left to be done beside the work; null when nothing is left.</param>
public sealed record ServerStatus(
    string Version, DateTimeOffset Started, long UptimeSeconds, int Calls, long Phones, IReadOnlyList<string> Sip,
    IReadOnlyList<ProviderStatus> Registrations, IReadOnlyList<WatchedGateway> Gateways, IReadOnlyList<ShutOut> Blocked,
    SearchStatus Search, BackfillStatus? Backfill = null);

/// <summary>A registration with a provider.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">How it stands.</param>
/// <param name="Server">The server that holds it, or that was asked last.</param>
/// <param name="Expires">When it ends unless it is refreshed; null when it is not in force.</param>
/// <param name="LastError">Why it is not in force; null when it is.</param>
public sealed record ProviderStatus(string Name, RegistrationState State, string Server, DateTimeOffset? Expires, string? LastError);

/// <summary>A gateway that is watched.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">Whether it answers.</param>
/// <param name="Since">Since when that is so.</param>
/// <param name="LastAnswer">What it said last, or why it could not be asked; null before the first time.</param>
public sealed record WatchedGateway(string Name, GatewayState State, DateTimeOffset Since, string? LastAnswer);

/// <summary>An address that is shut out for a time.</summary>
/// <param name="Source">The address, or the network of IPv6.</param>
/// <param name="Offence">What it is shut out for.</param>
/// <param name="RemainingSeconds">For how long still.</param>
public sealed record ShutOut(string Source, SipOffence Offence, long RemainingSeconds);
