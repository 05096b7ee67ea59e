using UnifiedMsg.Sip.Identity;
using UnifiedMsg.Voicemail.Spool;

namespace UnifiedMsg.Voicemail.Calls;

/// <summary>Puts into words whether the caller is who he says.</summary>
internal static class CallerIdentityOf
{
    /// <summary>
    /// What the message says; null when there is nothing to say: the call was not signed, nobody checks here, or the caller is not shown.
    /// </summary>
    public static CallerIdentity? Verification(CallerVerification verification, bool withheld) => verification.Verdict switch
    {
        _ when withheld => null,
        CallerVerdict.NotSigned or CallerVerdict.NotChecked => null,
        CallerVerdict.Verified when verification.IsReplay =>
            new CallerIdentity("TN-Validation-Failed; reason=replay", "not verified: the same signature came with another call before"),
        CallerVerdict.Verified when verification.IsPeersWord => new CallerIdentity("TN-Validation-Passed", "verified by the phone system"),
        CallerVerdict.Verified => Signed(verification.Attestation),
        CallerVerdict.Stale => Failed("stale", "the signature is not of the time of the call"),
        CallerVerdict.BadIdentityInfo => new CallerIdentity("No-TN-Validation; reason=bad-identity-info", "not verified: the signer's certificate could not be fetched"),
        CallerVerdict.UnsupportedCredential => Failed("unsupported-credential", "the signer is not one that is trusted for this number"),
        _ => Failed("invalid-identity", "the signature does not belong to this call; the number may be false"),
    };

    // RFC 8588 §4.
    private static CallerIdentity Signed(Attestation? attestation) => attestation switch
    {
        Attestation.Full => new CallerIdentity("TN-Validation-Passed; attest=A", "verified: the caller's provider confirms that the number is the caller's"),
        Attestation.Partial => new CallerIdentity("TN-Validation-Passed; attest=B", "the caller's provider knows the caller, but not whether the number is the caller's"),
        Attestation.Gateway => new CallerIdentity("TN-Validation-Passed; attest=C", "signed by a gateway, which does not know the caller"),
        _ => new CallerIdentity("TN-Validation-Passed", "verified: signed by who may sign for this caller"),
    };

    private static CallerIdentity Failed(string reason, string why) => new($"TN-Validation-Failed; reason={reason}", $"not verified: {why}");
}
