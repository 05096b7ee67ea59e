using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Tests.Srtp;

/// <summary>Key streams and session keys as the RFCs give them.</summary>
public class KeyDerivationTests
{
    // RFC 3711 §B.2, RFC 6188 §7.1 and §7.3: session key, and the key stream of blocks 0, 1, 2 under the session salt F0F1…FD, SSRC 0, index 0.
    public static TheoryData<string, string> KeyStreams => new()
    {
        {
            "2B7E151628AED2A6ABF7158809CF4F3C",
            "E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0"
        },
        {
            "eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7",
            "35096cba4610028dc1b57503804ce37c5de986291dcce161d5165ec4568f5c9a474a40c77894bc17180202272a4c264d"
        },
        {
            "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
            "92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac63c4868b7096d88421b563b8c94c9a31"
        },
    };

    // RFC 3711 §B.3, RFC 6188 §7.4 and §7.2: master key, master salt; encryption, salt and authentication keys of RTP.
    public static TheoryData<string, string, string, string, string, string> Keys => new()
    {
        {
            "AES_CM_128_HMAC_SHA1_80", "E1F97A0D3E018BE0D64FA32C06DE4139", "0EC675AD498AFEEBB6960B3AABE6",
            "C61E7A93744F39EE10734AFE3FF7A087", "30CBBC08863D8C85D49DB34A9AE1",
            "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC25"
            + "6D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2"
        },
        {
            "AES_192_CM_HMAC_SHA1_80", "73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1", "c8522f3acd4ce86d5add78edbb11",
            "31874736a8f1143870c26e4857d8a5b2c4a354407faadabb", "2372b82d639b6d8503a47adc0a6c", "355b10973cd95b9eacf4061c7e1a7151e7cfbfcb"
        },
        {
            "AES_256_CM_HMAC_SHA1_80", "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6", "3b04803de51ee7c96423ab5b78d2",
            "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4", "fa31791685ca444a9e07c6c64e93",
            "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"
        },
    };

    [Theory]
    [MemberData(nameof(KeyStreams))]
    public void Key_stream_is_that_of_the_rfc(string key, string stream)
    {
        var start = Convert.FromHexString("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000");
        var expected = Convert.FromHexString(stream);
        using AesCounter chosen = AesCounter.Create(Convert.FromHexString(key)), platform = new PlatformAesCounter(Convert.FromHexString(key));
        foreach (var aes in new[] { chosen, platform })
        {
            var data = new byte[expected.Length];
            aes.Apply(data, System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(start));
            Assert.Equal(expected, data);
        }
    }

    // RFC 3711 §B.2 gives blocks 0xFEFF to 0xFF01 too: the counter is carried from octet to octet.
    [Fact]
    public void Counter_is_carried()
    {
        using AesCounter chosen = AesCounter.Create(Convert.FromHexString("2B7E151628AED2A6ABF7158809CF4F3C"));
        var data = new byte[0xFF02 * 16];
        chosen.Apply(data, System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(Convert.FromHexString("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000")));
        Assert.Equal(
            "EC8CDF7398607CB0F2D21675EA9EA1E4362B7C3C6773516318A077D7FC5073AE6A2CC3787889374FBEB4C81B17BA6C44",
            Convert.ToHexString(data.AsSpan(0xFEFF * 16)));
    }

    // Whole batches, single blocks and parts of a block go different ways through both.
    [Fact]
    public void Both_ways_give_the_same_for_every_length()
    {
        foreach (var keyLength in new[] { 16, 24, 32 })
        {
            var key = new byte[keyLength];
            Random.Shared.NextBytes(key);
            using AesCounter chosen = AesCounter.Create(key), platform = new PlatformAesCounter(key);
            for (var length = 0; length < 600; length++)
            {
                byte[] first = new byte[length], second = new byte[length];
                chosen.Apply(first, (UInt128)length << 16);
                platform.Apply(second, (UInt128)length << 16);
                Assert.Equal(first, second);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Session_keys_are_those_of_the_rfc(string suite, string master, string salt, string encryption, string sessionSalt, string authentication)
    {
        Assert.True(SrtpSuite.TryFind(suite, out var found));
        Assert.True(SrtpKey.TryCreate(found, Convert.FromHexString(master + salt), out var key));
        Assert.Equal(encryption, Derive(key, SrtpKeyLabel.RtpEncryption, encryption), ignoreCase: true);
        Assert.Equal(sessionSalt, Derive(key, SrtpKeyLabel.RtpSalt, sessionSalt), ignoreCase: true);
        Assert.Equal(authentication, Derive(key, SrtpKeyLabel.RtpAuthentication, authentication), ignoreCase: true);
    }

    // RFC 7714 §11: a salt of 96 bits is filled up with zeros at its right.
    [Fact]
    public void Session_keys_of_galois_counter_mode_come_from_a_padded_salt()
    {
        Assert.True(SrtpKey.TryCreate(SrtpSuite.AeadAes128Gcm, Convert.FromHexString("000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaab"), out var key));
        Assert.Equal("077c6143cb221bc355ff23d5f984a16e", Derive(key, SrtpKeyLabel.RtpEncryption, new string(' ', 32)), ignoreCase: true);
        Assert.Equal("9af3e95364ebac9c99c5a7c4", Derive(key, SrtpKeyLabel.RtpSalt, new string(' ', 24)), ignoreCase: true);
        Assert.Equal("615dcd9042600666f6fd4d9e4fe4519f", Derive(key, SrtpKeyLabel.RtcpEncryption, new string(' ', 32)), ignoreCase: true);
        Assert.Equal("fcca937b9112a500dac72269", Derive(key, SrtpKeyLabel.RtcpSalt, new string(' ', 24)), ignoreCase: true);
    }

    [Fact]
    public void Key_does_not_show_itself_and_is_overwritten()
    {
        var key = SrtpKey.Generate(SrtpSuite.AesCm128HmacSha1Tag80);
        Assert.Equal("AES_CM_128_HMAC_SHA1_80 key", key.ToString());
        Assert.DoesNotContain(Convert.ToBase64String(key.Octets), new SrtpKeys(key, key).ToString(), StringComparison.Ordinal);
        Assert.Contains(key.Octets.ToArray(), octet => octet != 0);
        key.Dispose();
        Assert.All(key.Octets.ToArray(), octet => Assert.Equal(0, octet));
    }

    private static string Derive(SrtpKey key, SrtpKeyLabel label, string like)
    {
        var derived = new byte[like.Length / 2];
        SrtpKeyDerivation.Derive(key, label, derived);
        return Convert.ToHexString(derived);
    }
}
