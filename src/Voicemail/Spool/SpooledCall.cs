using System.Text.Json.Serialization;

namespace UnifiedMsg.Voicemail.Spool;

/// <summary>What must be known of a call to deliver its message even if the process that took it is gone.</summary>
/// <param name="Id">Names the files in the spool and the delivery; sorts by time.</param>
/// <param name="CallId">The SIP Call-ID.</param>
/// <param name="AccountId">Whose mailbox.</param>
/// <param name="Mailbox">The mailbox's address at the time of the call.</param>
/// <param name="CallerNumber">The caller's number or user name; empty when withheld.</param>
/// <param name="CallerName">The caller's display name; empty when there is none.</param>
/// <param name="Called">The extension or number that the caller wanted.</param>
/// <param name="Started">When the call reached us.</param>
/// <param name="MissedCall">Whether a notice is due when nothing was said.</param>
/// <param name="CallerWithheld">Whether the caller does not want to be known.</param>
/// <param name="CallerIdentity">What the check of the caller's identity found; null when there was none, or not yet.</param>
/// <param name="Fax">Whether a fax machine called, as far as it is known.</param>
public sealed record SpooledCall(
    string Id, string CallId, long AccountId, string Mailbox, string CallerNumber, string CallerName, string Called,
    DateTimeOffset Started, bool MissedCall, bool CallerWithheld = false, CallerIdentity? CallerIdentity = null,
    bool Fax = false);

/// <summary>The result of the check of a caller's identity.</summary>
/// <param name="Token">For programs.</param>
/// <param name="Words">For people.</param>
public sealed record CallerIdentity(string Token, string Words);

[JsonSerializable(typeof(SpooledCall))]
internal sealed partial class SpoolJson : JsonSerializerContext;
