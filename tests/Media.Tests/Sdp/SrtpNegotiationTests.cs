using System.Net;
using System.Text;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Tests.Sdp;

/// <summary>Which calls are protected, by whose keys, and what is refused.</summary>
public sealed class SrtpNegotiationTests
{
    private const string Line80 = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\n";
    private const string Line32 = "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj|2^20|1:32\n";
    private const string Unknown = "a=crypto:3 F8_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\n";

    [Theory]
    [InlineData("RTP/AVP", "", SrtpPolicy.Off, "RTP/AVP", null)]
    [InlineData("RTP/AVP", Line80, SrtpPolicy.Off, "RTP/AVP", null)]
    [InlineData("RTP/SAVP", Line80, SrtpPolicy.Off, null, "RTP/SAVP")]
    [InlineData("RTP/AVP", "", SrtpPolicy.BestEffort, "RTP/AVP", null)]
    [InlineData("RTP/AVP", Unknown, SrtpPolicy.BestEffort, "RTP/AVP", null)]
    [InlineData("RTP/AVP", Line80, SrtpPolicy.BestEffort, "RTP/AVP", "AES_CM_128_HMAC_SHA1_80")]
    [InlineData("RTP/AVPF", Line80, SrtpPolicy.BestEffort, "RTP/AVPF", "AES_CM_128_HMAC_SHA1_80")]
    [InlineData("RTP/SAVP", Unknown + Line32 + Line80, SrtpPolicy.BestEffort, "RTP/SAVP", "AES_CM_128_HMAC_SHA1_80")]
    [InlineData("RTP/SAVPF", Line80, SrtpPolicy.BestEffort, "RTP/SAVPF", "AES_CM_128_HMAC_SHA1_80")]
    [InlineData("RTP/SAVP", Unknown, SrtpPolicy.BestEffort, null, "keys")]
    [InlineData("RTP/SAVP", "", SrtpPolicy.BestEffort, null, "keys")]
    [InlineData("RTP/AVP", "", SrtpPolicy.Required, null, "keys")]
    [InlineData("RTP/AVP", Line32, SrtpPolicy.Required, null, "keys")]
    [InlineData("RTP/AVP", Line80, SrtpPolicy.Required, "RTP/AVP", "AES_CM_128_HMAC_SHA1_80")]
    [InlineData("RTP/SAVP", Line80, SrtpPolicy.Required, "RTP/SAVP", "AES_CM_128_HMAC_SHA1_80")]
    public void Answers_by_policy(string protocol, string lines, SrtpPolicy policy, string? answered, string? suiteOrRefusal)
    {
        var offer = Offer($"m=audio 4000 {protocol} 0\n{lines}");
        var taken = OfferAnswer.TryAnswer(offer, Us(policy), out var answer, out var audio, out var refusal);
        Assert.Equal(answered is not null, taken);
        if (!taken)
        {
            Assert.Contains(suiteOrRefusal!, refusal, StringComparison.Ordinal);
            return;
        }
        Assert.Equal(answered, answer!.Media[0].Protocol);
        Assert.Equal(suiteOrRefusal, audio!.Keys?.Suite.Name);
        var ours = CryptoAttribute.Of(answer.Media[0]);
        Assert.Equal(audio.Keys is null ? 0 : 1, ours.Count);
        Assert.True(audio.Keys is null || ours[0].Tag == 1 && ours[0].Key.Matches(audio.Keys.Local) && !audio.Keys.Local.Matches(audio.Keys.Remote));
    }

    // The offerer's order is its preference (RFC 4568 §5.1.1).
    [Fact]
    public void Takes_the_first_suite_of_the_offer()
    {
        var lines = SrtpSuite.All.Reverse().Select((suite, i) => new CryptoAttribute(i + 5, SrtpKey.Generate(suite)).Write()).ToList();
        var offer = Offer("m=audio 4000 RTP/SAVP 0\n" + string.Concat(lines.Select(line => $"a={line}\n")));
        Assert.True(OfferAnswer.TryAnswer(offer, Us(SrtpPolicy.BestEffort), out var answer, out var audio, out _));
        Assert.Same(SrtpSuite.All[^1], audio.Keys!.Suite);
        Assert.Equal(5, Assert.Single(CryptoAttribute.Of(answer.Media[0])).Tag);
    }

    [Theory]
    [InlineData("m=audio 4000 RTP/AVP 0\nm=audio 4002 RTP/SAVP 0\n" + Line80, 1)]
    [InlineData("m=audio 4000 RTP/SAVP 0\n" + Line80 + "m=audio 4002 RTP/AVP 0\n", 0)]
    [InlineData("m=audio 4000 RTP/SAVP 0\n" + Unknown + "m=audio 4002 RTP/AVP 0\n", 1)]
    public void Of_two_streams_the_protected_one_is_taken(string streams, int taken)
    {
        Assert.True(OfferAnswer.TryAnswer(Offer(streams), Us(SrtpPolicy.BestEffort), out var answer, out _, out _));
        Assert.Equal([taken == 0 ? 20000 : 0, taken == 1 ? 20000 : 0], answer.Media.Select(media => media.Port));
    }

    [Theory]
    [InlineData(SrtpPolicy.Off, SrtpPolicy.Off, "RTP/AVP", false)]
    [InlineData(SrtpPolicy.Off, SrtpPolicy.BestEffort, "RTP/AVP", false)]
    [InlineData(SrtpPolicy.BestEffort, SrtpPolicy.Off, "RTP/AVP", false)]
    [InlineData(SrtpPolicy.BestEffort, SrtpPolicy.BestEffort, "RTP/AVP", true)]
    [InlineData(SrtpPolicy.BestEffort, SrtpPolicy.Required, "RTP/AVP", true)]
    [InlineData(SrtpPolicy.Required, SrtpPolicy.BestEffort, "RTP/SAVP", true)]
    [InlineData(SrtpPolicy.Required, SrtpPolicy.Required, "RTP/SAVP", true)]
    public void Both_sides_agree_on_the_same_keys(SrtpPolicy theirs, SrtpPolicy ours, string protocol, bool isProtected)
    {
        var (offer, answer, atOfferer, atAnswerer) = Agree(Us(theirs), Us(ours));
        Assert.Equal([protocol, protocol], [offer.Media[0].Protocol, answer.Media[0].Protocol]);
        Assert.Equal(isProtected, atOfferer.Keys is not null);
        Assert.Equal(isProtected, atAnswerer.Keys is not null);
        if (!isProtected)
            return;
        Assert.True(atOfferer.Keys!.Local.Matches(atAnswerer.Keys!.Remote));
        Assert.True(atOfferer.Keys.Remote.Matches(atAnswerer.Keys.Local));
        Assert.Same(SrtpSuite.Offered[0], atOfferer.Keys.Suite);
    }

    [Theory]
    [InlineData("")]
    [InlineData(Unknown)]
    [InlineData("a=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\n")]
    [InlineData(Line80)]
    public void Answer_without_fitting_keys_is_refused_when_they_are_required(string lines)
    {
        var us = Us(SrtpPolicy.Required);
        Assert.False(OfferAnswer.TryAccept(OfferAnswer.CreateOffer(us), Offer("m=audio 4000 RTP/SAVP 0\n" + lines), us, out _, out var refusal));
        Assert.Contains("keys", refusal, StringComparison.Ordinal);
    }

    // The tag says which line was taken: another suite under it is no answer to the offer (RFC 4568 §5.1.2), whatever the policy.
    [Fact]
    public void Answer_with_another_suite_than_its_tag_is_refused()
    {
        var us = Us(SrtpPolicy.BestEffort);
        Assert.False(OfferAnswer.TryAccept(OfferAnswer.CreateOffer(us), Offer("m=audio 4000 RTP/AVP 0\n" + Line80), us, out _, out _));
    }

    [Fact]
    public void New_offer_with_the_same_keys_changes_nothing()
    {
        var (_, _, phone, server) = Agree(Us(SrtpPolicy.Required), Us(SrtpPolicy.BestEffort));
        var (_, answer, phoneAgain, serverAgain) = Agree(
            Us(SrtpPolicy.Required) with { Keys = phone.Keys, Direction = MediaDirection.SendOnly }, Us(SrtpPolicy.BestEffort) with { Keys = server.Keys });
        Assert.Same(server.Keys, serverAgain.Keys);
        Assert.Same(phone.Keys, phoneAgain.Keys);
        Assert.Equal(MediaDirection.ReceiveOnly, serverAgain.Direction);
        Assert.Contains(answer.Media[0].Attributes, attribute => attribute.Name == "crypto");
    }

    [Fact]
    public void New_offer_with_new_keys_gets_new_ones()
    {
        var (_, _, _, before) = Agree(Us(SrtpPolicy.Required), Us(SrtpPolicy.BestEffort));
        var (_, _, phone, server) = Agree(Us(SrtpPolicy.Required), Us(SrtpPolicy.BestEffort) with { Keys = before.Keys });
        Assert.NotSame(before.Keys, server.Keys);
        Assert.True(phone.Keys!.Remote.Matches(server.Keys!.Local));
        Assert.False(before.Keys!.Local.Matches(server.Keys.Local));
        Assert.False(before.Keys.Remote.Matches(server.Keys.Remote));
    }

    // The answer to a re-INVITE without a description: our offer begins with the key in use.
    [Fact]
    public void Our_new_offer_keeps_the_key_in_use()
    {
        var (_, _, phone, server) = Agree(Us(SrtpPolicy.Required), Us(SrtpPolicy.BestEffort));
        var (_, _, serverAgain, phoneAgain) = Agree(
            Us(SrtpPolicy.BestEffort) with { Keys = server.Keys }, Us(SrtpPolicy.BestEffort) with { Keys = phone.Keys });
        Assert.Same(server.Keys, serverAgain.Keys);
        Assert.Same(phone.Keys, phoneAgain.Keys);
    }

    [Fact]
    public void Offer_has_each_suite_once_and_fits_a_datagram()
    {
        var (_, _, audio, _) = Agree(Us(SrtpPolicy.BestEffort), Us(SrtpPolicy.BestEffort));
        var offer = OfferAnswer.CreateOffer(Us(SrtpPolicy.BestEffort) with { Keys = audio.Keys });
        var lines = CryptoAttribute.Of(offer.Media[0]);
        Assert.Equal(SrtpSuite.Offered, lines.Select(line => line.Key.Suite));
        Assert.Equal(lines.Count, lines.Select(line => line.Tag).Distinct().Count());
        // What remains of the 1,300 octets of RFC 3261 §18.1.1 is for the header fields.
        Assert.InRange(SdpWriter.Write(offer).Length, 1, 800);
    }

    private static (SessionDescription Offer, SessionDescription Answer, NegotiatedAudio Offerer, NegotiatedAudio Answerer) Agree(
        LocalAudio offerer, LocalAudio answerer)
    {
        var offer = Again(OfferAnswer.CreateOffer(offerer));
        Assert.True(OfferAnswer.TryAnswer(offer, answerer, out var answer, out var atAnswerer, out var refusal), refusal);
        answer = Again(answer);
        Assert.True(OfferAnswer.TryAccept(offer, answer, offerer, out var atOfferer, out refusal), refusal);
        return (offer, answer, atOfferer, atAnswerer);
    }

    private static LocalAudio Us(SrtpPolicy policy) => new() { Rtp = new IPEndPoint(IPAddress.Loopback, 20000), SessionId = 7, Srtp = policy };

    private static SessionDescription Offer(string streams) => Parse("v=0\no=- 1 1 IN IP4 192.0.2.10\ns=-\nc=IN IP4 192.0.2.10\nt=0 0\n" + streams);

    private static SessionDescription Again(SessionDescription session) => Parse(Encoding.UTF8.GetString(SdpWriter.Write(session)));

    private static SessionDescription Parse(string text) =>
        SdpParser.TryParse(Encoding.UTF8.GetBytes(text), out var session, out var error) ? session : throw new ArgumentException(error);
}
