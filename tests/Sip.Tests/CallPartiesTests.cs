using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

public class CallPartiesTests
{
    [Fact]
    public void A_call_that_was_dialled_is_for_whom_it_was_sent_to()
    {
        var parties = Read("sip:600@um.example.test");
        Assert.Equal("600", parties.Called.User);
        Assert.False(parties.IsDiverted);
        Assert.Null(parties.Reason);
        Assert.Equal("Alice", parties.Caller.DisplayName);
    }

    // RFC 5806 §3: the newest first, over one line or several.
    [Theory]
    [InlineData("Diversion: <sip:carol@example.test>;reason=no-answer;counter=1, \"Bob\" <sip:bob@example.test>;reason=\"user-busy\"")]
    [InlineData("Diversion: <sip:carol@example.test>;reason=no-answer\nDiversion: <sip:bob@example.test>;reason=user-busy")]
    public void Diversions_are_told_in_the_order_in_which_they_happened(string headers)
    {
        var parties = Read("sip:vm@um.example.test", headers);
        Assert.Equal(["bob", "carol"], parties.Diversions.Select(d => d.Party.Uri.User));
        Assert.Equal([DiversionReason.Busy, DiversionReason.NoAnswer], parties.Diversions.Select(d => d.Reason));
        Assert.Equal(DiversionReason.NoAnswer, parties.Reason);
        Assert.Equal("bob", parties.Called.User);
        Assert.Equal("carol", parties.LastDiverted!.User);
    }

    [Theory]
    [InlineData("sip:vm@um.example.test;target=sip:bob%40example.test;cause=408", "sip:bob@example.test", DiversionReason.NoAnswer)]
    [InlineData("sip:vm@um.example.test;target=bob%40example.test;cause=486", "sip:bob@example.test", DiversionReason.Busy)]
    [InlineData("sip:vm@um.example.test;target=tel:+4930123;cause=302", "tel:+4930123", DiversionReason.Unconditional)]
    [InlineData("sip:vm@um.example.test;target=101;cause=503", "sip:101@um.example.test", DiversionReason.Unavailable)]
    [InlineData("sip:vm@um.example.test;cause=999;target=101", "sip:101@um.example.test", DiversionReason.Unknown)]
    public void RFC_4458_names_the_mailbox_outright(string uri, string target, DiversionReason reason)
    {
        var parties = Read(uri, "Diversion: <sip:carol@example.test>;reason=no-answer");
        Assert.Equal(target, parties.Target!.ToString());
        Assert.Equal(target, parties.Called.ToString());
        Assert.Equal(reason, parties.Reason);
    }

    // RFC 7044 §10.1.1 with the causes of RFC 4458: who was left is who the new entry points back to.
    [Theory]
    [InlineData("History-Info: <sip:bob@example.test>;index=1, <sip:vm@um.example.test;cause=408>;index=1.1;mp=1", "bob", DiversionReason.NoAnswer)]
    [InlineData("History-Info: <sip:bob@example.test>;index=1\nHistory-Info: <sip:192.0.2.4>;index=1.1;rc=1\nHistory-Info: <sip:vm@um.example.test;cause=486>;index=1.2", "bob", DiversionReason.Busy)]
    [InlineData("History-Info: <sip:bob@example.test?Reason=SIP%3Bcause%3D302%3Btext%3D%22Moved%22>;index=1, <sip:vm@um.example.test>;index=2", "bob", DiversionReason.Unconditional)]
    public void History_tells_who_was_left_and_why(string headers, string user, DiversionReason reason)
    {
        var parties = Read("sip:vm@um.example.test", headers);
        var diversion = Assert.Single(parties.Diversions);
        Assert.Equal((user, reason), (diversion.Party.Uri.User, diversion.Reason));
    }

    [Fact]
    public void An_identity_counts_only_from_those_who_may_assert_it()
    {
        const string Header = "P-Asserted-Identity: \"Alice A\" <sip:1001@example.test>, <tel:+4930111>";
        Assert.Equal("1001", Read("sip:600@um.example.test", Header, trusted: true).Caller.Uri.User);
        Assert.Equal("alice", Read("sip:600@um.example.test", Header).Caller.Uri.User);
    }

    [Fact]
    public void Two_identities_may_be_asserted_and_the_number_is_that_of_the_tel_URI()
    {
        var parties = Read("sip:600@um.example.test", "P-Asserted-Identity: \"Alice A\" <sip:alice;x=1@example.test>, <tel:+4930111;verstat=x>\nP-Preferred-Identity: <sip:other@example.test>", trusted: true);
        Assert.Equal(("alice;x=1", "+4930111", 2), (parties.Caller.Uri.User, parties.CallerNumber, parties.AssertedIdentities.Count));
        Assert.Equal("alice", Read("sip:600@um.example.test", "P-Asserted-Identity: <sip:alice;x=1@example.test>", trusted: true).CallerNumber);
    }

    [Fact]
    public void A_preferred_identity_counts_from_the_trusted_when_none_is_asserted()
    {
        const string Header = "P-Preferred-Identity: <sip:+4930222@example.test>";
        Assert.Equal("+4930222", Read("sip:600@um.example.test", Header, trusted: true).CallerNumber);
        Assert.Equal("alice", Read("sip:600@um.example.test", Header).CallerNumber);
    }

    [Theory]
    [InlineData("Privacy: id", CallPrivacy.Id, true)]
    [InlineData("Privacy: user;critical", CallPrivacy.User | CallPrivacy.Critical, true)]
    [InlineData("Privacy: HEADER ; session", CallPrivacy.Header | CallPrivacy.Session, true)]
    [InlineData("Privacy: session;unheard-of", CallPrivacy.Session, false)]
    [InlineData("Privacy: session\nPrivacy: id", CallPrivacy.Session | CallPrivacy.Id, true)]
    [InlineData("Privacy: history", CallPrivacy.History, false)]
    [InlineData("Privacy: none", CallPrivacy.NotWanted, false)]
    [InlineData("Privacy: ;;", CallPrivacy.Unspecified, false)]
    [InlineData("", CallPrivacy.Unspecified, false)]
    public void Who_wants_to_be_withheld_is(string headers, CallPrivacy privacy, bool withheld)
    {
        var parties = Read("sip:600@um.example.test", headers);
        Assert.Equal((privacy, withheld), (parties.Privacy, parties.IsWithheld));
    }

    [Theory]
    [InlineData("sip:anonymous@anonymous.invalid", "", true)]
    [InlineData("sip:Anonymous@pbx.example.test", "", true)]
    [InlineData("sip:anonymous@anonymous.invalid", "P-Asserted-Identity: <tel:+4930111>", true)]
    [InlineData("sip:anonymous@anonymous.invalid", "P-Asserted-Identity: <tel:+4930111>\nPrivacy: none", false)]
    [InlineData("sip:anonymous@anonymous.invalid", "Privacy: none", true)]
    [InlineData("sip:alice@example.test", "P-Asserted-Identity: <sip:anonymous@anonymous.invalid>", true)]
    public void An_anonymous_caller_is_withheld(string from, string headers, bool withheld) =>
        Assert.Equal(withheld, Read("sip:600@um.example.test", headers, trusted: true, from).IsWithheld);

    [Fact]
    public void Diversions_have_counters_and_may_be_private()
    {
        var parties = Read("sip:vm@um.example.test", "Diversion: <sip:carol@example.test>;reason=no-answer;counter=2;privacy=full, <sip:bob@example.test>;counter=99999999999;privacy=\"off\"");
        Assert.Equal([("bob", 1, false), ("carol", 2, true)], parties.Diversions.Select(d => (d.Party.Uri.User!, d.Count, d.IsPrivate)));
        Assert.Equal(3, parties.DiversionCount);
        parties = Read("sip:vm@um.example.test", "History-Info: <sip:bob@example.test?Reason=SIP%3Bcause%3D486&Privacy=history>;index=1,<sip:vm@um.example.test>;index=1.1");
        Assert.True(Assert.Single(parties.Diversions).IsPrivate);
    }

    [Theory]
    [InlineData("Diversion: nonsense, <sip:bob@example.test>;reason=away", 1)]
    [InlineData("Diversion: \"unclosed <sip:bob@example.test>", 0)]
    [InlineData("History-Info: <sip:bob@example.test>;index=1;;;", 0)]
    public void What_is_malformed_is_passed_over(string headers, int count) =>
        Assert.Equal(count, Read("sip:vm@um.example.test", headers).Diversions.Count);

    private static CallParties Read(string uri, string headers = "", bool trusted = false, string? from = null)
    {
        var invite = new SipRequest("INVITE", SipUri.Parse(uri));
        invite.Headers.Add("From", $"\"Alice\" <{from ?? "sip:alice@example.test"}>;tag=1");
        invite.Headers.Add("To", "<sip:bob@example.test>");
        foreach (var line in headers.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            invite.Headers.Add(line.Split(':', 2)[0], line.Split(':', 2)[1].Trim());
        return CallPartiesReader.Read(invite, trusted);
    }
}
