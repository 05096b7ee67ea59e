using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Calls;

/// <summary>Why a call was diverted (RFC 5806 §4, RFC 4458 §2).</summary>
public enum DiversionReason
{
    /// <summary>Not told, or a reason that is not among these.</summary>
    Unknown,

    /// <summary>Nobody answered.</summary>
    NoAnswer,

    /// <summary>The phone was busy.</summary>
    Busy,

    /// <summary>Every call is diverted.</summary>
    Unconditional,

    /// <summary>The called person sent the call here while it rang, or before.</summary>
    Deflection,

    /// <summary>The phone could not be reached.</summary>
    Unavailable,

    /// <summary>The called person does not want to be disturbed.</summary>
    DoNotDisturb,

    /// <summary>The time of day.</summary>
    TimeOfDay,

    /// <summary>The phone is away.</summary>
    Away,

    /// <summary>The called person moved the call by hand (follow-me).</summary>
    FollowMe,
}

/// <summary>Somebody from whom the call was diverted.</summary>
/// <param name="Party">Who.</param>
/// <param name="Reason">Why.</param>
public sealed record CallDiversion(NameAddress Party, DiversionReason Reason);

/// <summary>Who calls whom, and why the call came here.</summary>
public sealed record CallParties
{
    /// <summary>From, as the caller says.</summary>
    public required NameAddress From { get; init; }

    /// <summary>P-Asserted-Identity of a trusted peer (RFC 3325); null when there is none, or nobody who may be believed.</summary>
    public NameAddress? AssertedIdentity { get; init; }

    /// <summary>Who calls, as well as can be known.</summary>
    public NameAddress Caller => AssertedIdentity ?? From;

    /// <summary>The Request-URI: where the call was sent.</summary>
    public required SipUri Dialled { get; init; }

    /// <summary>To: whom the caller wanted, unless somebody on the way rewrote it.</summary>
    public required NameAddress To { get; init; }

    /// <summary>The <c>target</c> parameter of RFC 4458: the mailbox that the diverting system names outright.</summary>
    public SipUri? Target { get; init; }

    /// <summary>Who diverted the call, the first one first.</summary>
    public IReadOnlyList<CallDiversion> Diversions { get; init; } = [];

    /// <summary>Why the call came here: the <c>cause</c> of RFC 4458, else the reason of the last diversion; null when it was dialled.</summary>
    public DiversionReason? Reason { get; init; }

    /// <summary>Whether the call was meant for somebody else before it came here.</summary>
    public bool IsDiverted => Target is not null || Diversions.Count > 0;

    /// <summary>Whom the caller called first.</summary>
    public SipUri? FirstDiverted => Diversions.Count > 0 ? Diversions[0].Party.Uri : null;

    /// <summary>Who sent the call here.</summary>
    public SipUri? LastDiverted => Diversions.Count > 0 ? Diversions[^1].Party.Uri : null;

    /// <summary>Whose call it is: the named target, else who was called first, else whom the call was sent to.</summary>
    public SipUri Called => Target ?? FirstDiverted ?? Dialled;
}
