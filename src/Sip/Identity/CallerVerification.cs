namespace UnifiedMsg.Sip.Identity;

/// <summary>What became of the check of a caller's identity (RFC 8224 §6.2).</summary>
public enum CallerVerdict
{
    /// <summary>The call has no Identity header of a kind that we know.</summary>
    NotSigned,

    /// <summary>It has one, and no trust list is configured.</summary>
    NotChecked,

    /// <summary>Somebody whom we trust signed that this is who calls.</summary>
    Verified,

    /// <summary>Signed too long ago, or in the future.</summary>
    Stale,

    /// <summary>The certificate can't be had from where the header says.</summary>
    BadIdentityInfo,

    /// <summary>The certificate is not one that may sign this: not under our trust list, expired, or not for this number.</summary>
    UnsupportedCredential,

    /// <summary>The signature is not over this call, or is none.</summary>
    InvalidIdentity,
}

/// <summary>RFC 8588 §4: what the provider that signed knows of the caller.</summary>
public enum Attestation
{
    /// <summary>A: the caller is a customer who may use the number.</summary>
    Full,

    /// <summary>B: the caller is a customer; whether the number is his is not known.</summary>
    Partial,

    /// <summary>C: the call came from a gateway.</summary>
    Gateway,
}

/// <summary>Who vouches for the caller, and how far.</summary>
/// <param name="Verdict">What became of the check.</param>
public sealed record CallerVerification(CallerVerdict Verdict)
{
    /// <summary>The call is not signed.</summary>
    public static CallerVerification NotSigned { get; } = new(CallerVerdict.NotSigned);

    /// <summary>The attestation of SHAKEN; null when there is none.</summary>
    public Attestation? Attestation { get; init; }

    /// <summary>RFC 8588 §5: the opaque name of the call's origin, for tracing it back.</summary>
    public string? OriginId { get; init; }

    /// <summary>The same signature came before with another call: somebody may have copied it (RFC 8224 §12.1).</summary>
    public bool IsReplay { get; init; }

    /// <summary>It was not we who checked but the trusted peer that sent the call (the <c>verstat</c> of 3GPP TS 24.229 §7.2A.20).</summary>
    public bool IsPeersWord { get; init; }

    /// <summary>What was found, for a log.</summary>
    public string Detail { get; init; } = "";

    /// <summary>Whether the caller may be shown as verified.</summary>
    public bool IsVerified => Verdict == CallerVerdict.Verified && !IsReplay;

    /// <summary>The phrase of <see cref="Refusal"/> where it is not the usual one of that status.</summary>
    public string? RefusalPhrase => Verdict == CallerVerdict.Stale ? "Stale Date" : null;

    /// <summary>The status that refuses the call where signed calls are demanded (RFC 8224 §6.2.2); null when there is nothing to refuse.</summary>
    public int? Refusal => Verdict switch
    {
        CallerVerdict.NotSigned => 428,
        CallerVerdict.NotChecked => 500,
        CallerVerdict.Stale => 403,
        CallerVerdict.BadIdentityInfo => 436,
        CallerVerdict.UnsupportedCredential => 437,
        CallerVerdict.InvalidIdentity => 438,
        _ => null,
    };
}
