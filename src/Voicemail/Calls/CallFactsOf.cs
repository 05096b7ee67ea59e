using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Voicemail.DialPlans;

namespace UnifiedMsg.Voicemail.Calls;

/// <summary>What the dial plan looks at, read from the signalling.</summary>
internal static class CallFactsOf
{
    /// <summary>What a dial plan sees of a caller who does not want to be known; a step can ask for it.</summary>
    private const string Withheld = "anonymous";

    /// <summary>The facts of a call that came at <paramref name="at"/>.</summary>
    public static CallFacts Parties(CallParties parties, DateTimeOffset at) => new(
        parties.Dialled.User ?? "",
        parties.IsWithheld ? Withheld : parties.CallerNumber,
        parties.IsDiverted ? parties.Called.User ?? "" : null,
        parties.IsDiverted ? Name(parties.Reason ?? DiversionReason.Unknown) : "",
        at);

    // The names that RFC 5806 §4 gives to the reasons; plans use them too.
    private static string Name(DiversionReason reason) => reason switch
    {
        DiversionReason.NoAnswer => "no-answer",
        DiversionReason.Busy => "user-busy",
        DiversionReason.Unconditional => "unconditional",
        DiversionReason.Deflection => "deflection",
        DiversionReason.Unavailable => "unavailable",
        DiversionReason.DoNotDisturb => "do-not-disturb",
        DiversionReason.TimeOfDay => "time-of-day",
        DiversionReason.Away => "away",
        DiversionReason.FollowMe => "follow-me",
        _ => "unknown",
    };
}
