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

    [Theory]
    [InlineData("Diversion: nonsense, <sip:bob@example.test>;reason=away", 1)]
    [InlineData("Diversion: \"unclosed <sip:bob@example.test>", 0)]
    [InlineData("History-Info: <sip:bob@example.test>;index=1;;;", 0)]
    public void What_is_malformed_is_passed_over(string headers, int count) =>
        Assert.Equal(count, Read("sip:vm@um.example.test", headers).Diversions.Count);

    private static CallParties Read(string uri, string headers = "", bool trusted = false)
    {
        var invite = new SipRequest("INVITE", SipUri.Parse(uri));
        invite.Headers.Add("From", "\"Alice\" <sip:alice@example.test>;tag=1");
        invite.Headers.Add("To", "<sip:bob@example.test>");
        foreach (var line in headers.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            invite.Headers.Add(line.Split(':', 2)[0], line.Split(':', 2)[1].Trim());
        return CallPartiesReader.Read(invite, trusted);
    }
}
