using UnifiedMsg.Sip.Identity;
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
public sealed record CallDiversion(NameAddress Party, DiversionReason Reason)
{
    /// <summary>How many diversions by this party the entry stands for (the counter of RFC 5806 §4.2); 1 when it does not say.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Whether nobody is to be told (the privacy of RFC 5806 §4, <c>Privacy=history</c> of RFC 7044 §10.1).</summary>
    public bool IsPrivate { get; init; }
}

/// <summary>
/// Who calls whom, and why the call came here: one answer out of many headers. Where they differ, what stands first here wins.
/// <list type="table">
/// <item><term>who calls</term><description>P-Asserted-Identity and then P-Preferred-Identity of a trusted peer (RFC 3325); From</description></item>
/// <item><term>whose call</term><description><c>target</c> (RFC 4458); the first diversion; the Request-URI</description></item>
/// <item><term>diversions</term><description>History-Info (RFC 7044, and as RFC 4244 had it); Diversion (RFC 5806)</description></item>
/// <item><term>why</term><description><c>cause</c> (RFC 4458); the reason of the last diversion</description></item>
/// <item><term>what is shown</term><description>nothing of the caller when Privacy asks for it (RFC 3323), or From is anonymous</description></item>
/// <item><term>who vouches</term><description>Identity (RFC 8224), else the word of a trusted peer</description></item>
/// </list>
/// </summary>
public sealed record CallParties
{
    /// <summary>From, as the caller says.</summary>
    public required NameAddress From { get; init; }

    /// <summary>
    /// The identities that a trusted peer asserts (RFC 3325 §9.1: a SIP and a tel URI at most), or prefers when it asserts none; empty when
    /// there are none, or nobody who may be believed.
    /// </summary>
    public IReadOnlyList<NameAddress> AssertedIdentities { get; init; } = [];

    /// <summary>The first of <see cref="AssertedIdentities"/>, or null.</summary>
    public NameAddress? AssertedIdentity => AssertedIdentities.Count > 0 ? AssertedIdentities[0] : null;

    /// <summary>Who calls, as well as can be known. Not to be shown to people when <see cref="IsWithheld"/>.</summary>
    public NameAddress Caller => AssertedIdentity ?? From;

    /// <summary>The caller's number or user name, without parameters; a tel URI among the asserted identities goes first.</summary>
    public string CallerNumber => (AssertedIdentities.FirstOrDefault(a => a.Uri.Scheme == "tel") ?? Caller).Uri.User?.Split(';', 2)[0] ?? "";

    /// <summary>What the caller wants withheld.</summary>
    public CallPrivacy Privacy { get; init; }

    /// <summary>
    /// Whether name and number of the caller must not be shown: he asked for it (RFC 3323 <c>user</c> and <c>header</c>, RFC 3325 <c>id</c>),
    /// or his From is anonymous and he did not ask for the contrary. The mailbox's owner is not part of the trust domain (RFC 3325 §7).
    /// </summary>
    public bool IsWithheld => (Privacy & (CallPrivacy.User | CallPrivacy.Id | CallPrivacy.Header)) != 0
        || IsAnonymous(Caller.Uri) || (IsAnonymous(From.Uri) && !Privacy.HasFlag(CallPrivacy.NotWanted));

    /// <summary>Who vouches for the caller. The check runs beside the call; the task is done within seconds and never fails.</summary>
    public Task<CallerVerification> Verification { get; init; } = Task.FromResult(CallerVerification.NotSigned);

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

    /// <summary>How often the call was diverted, those counted that only a counter tells of.</summary>
    public int DiversionCount => Diversions.Sum(d => d.Count);

    /// <summary>Whom the caller called first.</summary>
    public SipUri? FirstDiverted => Diversions.Count > 0 ? Diversions[0].Party.Uri : null;

    /// <summary>Who sent the call here.</summary>
    public SipUri? LastDiverted => Diversions.Count > 0 ? Diversions[^1].Party.Uri : null;

    /// <summary>Whose call it is: the named target, else who was called first, else whom the call was sent to.</summary>
    public SipUri Called => Target ?? FirstDiverted ?? Dialled;

    // RFC 3323 §4.1.1.3 and RFC 3325; some systems write the user name only, and "unavailable" when the number did not come through.
    private static bool IsAnonymous(SipUri uri) =>
        uri.Host.Equals("anonymous.invalid", StringComparison.OrdinalIgnoreCase)
        || uri.User?.ToLowerInvariant() is "anonymous" or "restricted" or "unavailable";
}
