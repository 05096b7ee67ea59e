using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Tests.Sdp;

public sealed class CryptoAttributeTests
{
    private const string Key = "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR";

    [Theory]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key, 1)]
    [InlineData("999999999 AES_CM_128_HMAC_SHA1_32 inline:" + Key + "|2^20", 999999999)]
    [InlineData("2 AES_CM_128_HMAC_SHA1_80 inline:" + Key + "|1048576  WSH=128 -extension", 2)]
    [InlineData("3\tAES_CM_128_HMAC_SHA1_80\tINLINE:" + Key + "|2^48", 3)]
    [InlineData("4 AES_256_CM_HMAC_SHA1_80 inline:GTuZoqOsesiK4wfyL7Rsq6uHHwhqVGA+aVuAUnsmWktYacZyJu6/6tUQeUti0Q==", 4)]
    [InlineData("4 AES_256_CM_HMAC_SHA1_80 inline:GTuZoqOsesiK4wfyL7Rsq6uHHwhqVGA+aVuAUnsmWktYacZyJu6/6tUQeUti0Q", 4)]
    public void Reads_what_can_be_used(string value, int tag)
    {
        Assert.True(CryptoAttribute.TryParse(value, out var crypto));
        Assert.Equal(tag, crypto.Tag);
        Assert.True(CryptoAttribute.TryParse(crypto.Write().Value!, out var again));
        Assert.True(crypto.Key.Matches(again.Key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80")]
    [InlineData("x AES_CM_128_HMAC_SHA1_80 inline:" + Key)]
    [InlineData("-1 AES_CM_128_HMAC_SHA1_80 inline:" + Key)]
    [InlineData("1000000000 AES_CM_128_HMAC_SHA1_80 inline:" + Key)]
    [InlineData("1 F8_128_HMAC_SHA1_80 inline:" + Key)]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 outline:" + Key)]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:")]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:!!!!")]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key + "AA")]
    [InlineData("1 AES_256_CM_HMAC_SHA1_80 inline:" + Key)]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key + Key + Key + Key)]
    // RFC 4568 §6.1: key identifiers and several keys.
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key + "|1:4")]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key + "|2^20|1:4")]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key + "|2^20;inline:" + Key + "|2^20")]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key + "|2^49")]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key + "|0")]
    // RFC 4568 §6.3: what would weaken the protection, or change it.
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key + " UNENCRYPTED_SRTP")]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key + " UNENCRYPTED_SRTCP")]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key + " UNAUTHENTICATED_SRTP")]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key + " KDR=4")]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key + " FEC_ORDER=FEC_SRTP")]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key + " WSH=64 unknown")]
    public void Refuses_the_rest(string value) => Assert.False(CryptoAttribute.TryParse(value, out _));

    [Fact]
    public void Never_shows_its_key() =>
        Assert.Equal("1 AEAD_AES_128_GCM", new CryptoAttribute(1, SrtpKey.Generate(SrtpSuite.AeadAes128Gcm)).ToString());
}
