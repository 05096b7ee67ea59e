using System.Text;

namespace UnifiedMsg.Mime.Tests;

public sealed class MessageSummaryCodecTests
{
    private static readonly MessageSummary Sample = MessageSummarizer.Summarize(Lines.Of(
        "From: A <a@example.test>", "Subject: s", "Content-Type: multipart/mixed; boundary=b", "", "--b",
        "Content-Type: message/rfc822", "Content-Language: en, de", "", "Subject: i", "", "x", "--b--"));

    // What is stored is read for ever: this text changes only together with the version, and then the old one stays beside it.
    private const string Golden =
        "0100027301024102610D6578616D706C652E7465737401024102610D6578616D706C652E7465737401024102610D6578616D" +
        "706C652E7465737400000000000A6D756C746970617274066D697865640109626F756E646172790262000005376269740000" +
        "000000005357080001086D6573736167650772666338323200000005376269740000000203656E036465005892010F020100" +
        "0269000000000000000001057465787406706C61696E0108636861727365740975732D617363696900000537626974000000" +
        "00009201A0010100000001";

    [Fact]
    public void WhatIsWrittenIsRead()
    {
        var octets = MessageSummaryCodec.Encode(Sample);
        Assert.Equal(octets, MessageSummaryCodec.Encode(MessageSummaryCodec.Decode(octets)));
        var read = MessageSummaryCodec.Decode(octets);
        Assert.Equal(Sample.Envelope.From, read.Envelope.From);
        Assert.Equal(["en", "de"], read.Body.Children[0].Languages);
        Assert.Equal("i", read.Body.Children[0].Envelope!.Subject);
        Assert.Equal(Sample.Body.Children[0].Children[0].BodyOffset, read.Body.Children[0].Children[0].BodyOffset);
    }

    [Fact]
    public void TheStoredFormStays() => Assert.Equal(Golden, Convert.ToHexString(MessageSummaryCodec.Encode(Sample)));

    [Fact]
    public void DamageIsFoundNotFollowed()
    {
        var octets = MessageSummaryCodec.Encode(Sample);
        for (var i = 0; i < octets.Length; i++)
            Assert.Throws<InvalidDataException>(() => MessageSummaryCodec.Decode(octets.AsSpan(0, i)));
        octets[0] = 99;
        Assert.Contains("version 99", Assert.Throws<InvalidDataException>(() => MessageSummaryCodec.Decode(octets)).Message);
        Assert.Throws<InvalidDataException>(() => MessageSummaryCodec.Decode(Encoding.UTF8.GetBytes("\u0001\u0000ÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿ")));
    }
}
