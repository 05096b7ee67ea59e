using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Identity;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Voicemail.Calls;

namespace UnifiedMsg.Voicemail.Tests.Calls;

public sealed class CallerIdentityTests
{
    [Theory]
    [InlineData(Attestation.Full, "TN-Validation-Passed; attest=A", "verified")]
    [InlineData(Attestation.Partial, "TN-Validation-Passed; attest=B", "the caller's provider knows")]
    [InlineData(Attestation.Gateway, "TN-Validation-Passed; attest=C", "signed by a gateway")]
    public void What_the_provider_knows_is_said(Attestation attestation, string token, string words)
    {
        var identity = CallerIdentityOf.Verification(new CallerVerification(CallerVerdict.Verified) { Attestation = attestation }, withheld: false)!;
        Assert.Equal(token, identity.Token);
        Assert.StartsWith(words, identity.Words);
    }

    [Theory]
    [InlineData(CallerVerdict.Stale)]
    [InlineData(CallerVerdict.InvalidIdentity)]
    [InlineData(CallerVerdict.UnsupportedCredential)]
    [InlineData(CallerVerdict.BadIdentityInfo)]
    public void What_is_not_verified_is_never_called_so(CallerVerdict verdict)
    {
        var identity = CallerIdentityOf.Verification(new CallerVerification(verdict), withheld: false)!;
        Assert.DoesNotContain("Passed", identity.Token);
        Assert.StartsWith("not verified", identity.Words);
    }

    [Fact]
    public void A_signature_seen_before_is_not_verified() => Assert.StartsWith("not verified",
        CallerIdentityOf.Verification(new CallerVerification(CallerVerdict.Verified) { IsReplay = true }, withheld: false)!.Words);

    [Theory]
    [InlineData(CallerVerdict.NotSigned, false)]
    [InlineData(CallerVerdict.NotChecked, false)]
    [InlineData(CallerVerdict.Verified, true)]
    public void There_is_nothing_to_say_of_whom_nobody_vouched_for_or_who_is_not_shown(CallerVerdict verdict, bool withheld) =>
        Assert.Null(CallerIdentityOf.Verification(new CallerVerification(verdict), withheld));

    [Fact]
    public void A_dial_plan_sees_a_withheld_caller_as_anonymous()
    {
        var parties = new CallParties
        {
            From = NameAddress.Parse("<sip:+4930111;ext=1@example.test>"),
            To = NameAddress.Parse("<sip:600@um.example.test>"),
            Dialled = SipUri.Parse("sip:600@um.example.test"),
        };
        Assert.Equal("+4930111", CallFactsOf.Parties(parties, default).From);
        Assert.Equal("anonymous", CallFactsOf.Parties(parties with { Privacy = CallPrivacy.Id }, default).From);
    }
}
