using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Tests.Srtp;

/// <summary>Whole packets, octet by octet.</summary>
public class PacketVectorTests
{
    private const string Salt = "517569642070726f2071756f";
    private const string Key128 = "000102030405060708090a0b0c0d0e0f";
    private const string Key256 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    // RFC 7714 §16, §17: the packets that all of its examples protect.
    private const string Rtp = "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";
    private const string Rtcp = "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";

    [Theory]
    // RFC 7714 §16.1.1 and §16.2.1.
    [InlineData(Key128, "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce")]
    [InlineData(Key256, "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13")]
    public void Rtp_in_galois_counter_mode(string key, string expected)
    {
        using var sender = new SrtpSender(Gcm(key, control: false));
        using var receiver = new SrtpReceiver(Gcm(key, control: false));
        var buffer = new byte[128];
        Convert.FromHexString(Rtp).CopyTo(buffer, 0);
        var length = sender.Protect(buffer, Rtp.Length / 2);
        Assert.Equal(expected, Convert.ToHexString(buffer.AsSpan(0, length)), ignoreCase: true);
        Assert.True(receiver.TryUnprotect(buffer.AsSpan(0, length), out length));
        Assert.Equal(Rtp, Convert.ToHexString(buffer.AsSpan(0, length)), ignoreCase: true);
    }

    [Theory]
    // RFC 7714 §17.1 and §17.2: index 0x5d4, encrypted.
    [InlineData(Key128, "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4")]
    [InlineData(Key256, "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4")]
    public void Rtcp_in_galois_counter_mode(string key, string expected)
    {
        using var sender = new SrtcpSender(Gcm(key, control: true), 0x5d4);
        using var receiver = new SrtcpReceiver(Gcm(key, control: true));
        var buffer = new byte[128];
        Convert.FromHexString(Rtcp).CopyTo(buffer, 0);
        var length = sender.Protect(buffer, Rtcp.Length / 2);
        Assert.Equal(expected, Convert.ToHexString(buffer.AsSpan(0, length)), ignoreCase: true);
        Assert.True(receiver.TryUnprotect(buffer.AsSpan(0, length), out length));
        Assert.Equal(Rtcp, Convert.ToHexString(buffer.AsSpan(0, length)), ignoreCase: true);
    }

    [Theory]
    // RFC 7714 §17.3 and §17.4: authenticated only.
    [InlineData(Key128, "841dd9683dd78ec92ae58790125f62b3000005d4")]
    [InlineData(Key256, "91db4afbfeee5a978fab4393ed2615fe000005d4")]
    public void Rtcp_that_is_not_encrypted_is_taken_when_it_is_authenticated(string key, string end)
    {
        using var receiver = new SrtcpReceiver(Gcm(key, control: true));
        var packet = Convert.FromHexString(Rtcp + end);
        var forged = packet.ToArray();
        forged[20] ^= 1;
        Assert.False(receiver.TryUnprotect(forged, out _));
        Assert.True(receiver.TryUnprotect(packet, out var length));
        Assert.Equal(Rtcp, Convert.ToHexString(packet.AsSpan(0, length)), ignoreCase: true);
    }

    // RFC 3711 has no packets, RFC 6188 neither. These are known answers of libsrtp, which other stacks use too.
    [Theory]
    [InlineData("AES_CM_128_HMAC_SHA1_80", "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6",
        "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb")]
    [InlineData("AES_256_CM_HMAC_SHA1_80", "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b63b04803de51ee7c96423ab5b78d2",
        "800f1234decafbadcafebabef1d9de17ff251ff1aa007774b0b4b40da08d9d9a5b3a55d8873b")]
    public void Rtp_in_counter_mode(string suite, string key, string expected)
    {
        const string plain = "800f1234decafbadcafebabeabababababababababababababababab";
        using var session = Session(suite, key);
        var buffer = new byte[64];
        Convert.FromHexString(plain).CopyTo(buffer, 0);
        var length = session.Protect(buffer, plain.Length / 2);
        Assert.Equal(expected, Convert.ToHexString(buffer.AsSpan(0, length)), ignoreCase: true);
        Assert.True(session.TryUnprotect(buffer.AsSpan(0, length), out length));
        Assert.Equal(plain, Convert.ToHexString(buffer.AsSpan(0, length)), ignoreCase: true);
    }

    [Fact]
    public void Rtcp_in_counter_mode()
    {
        const string plain = "81c8000bcafebabeabababababababababababababababab";
        using var sender = new SrtcpSender(
            SrtpCipher.Create(Key("AES_CM_128_HMAC_SHA1_80", "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6"), control: true), 1);
        var buffer = new byte[64];
        Convert.FromHexString(plain).CopyTo(buffer, 0);
        var length = sender.Protect(buffer, plain.Length / 2);
        Assert.Equal(
            "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798", Convert.ToHexString(buffer.AsSpan(0, length)), ignoreCase: true);
    }

    private static GcmCipher Gcm(string key, bool control) => new(Convert.FromHexString(key), Convert.FromHexString(Salt), control);

    private static SrtpKey Key(string suite, string octets) =>
        SrtpSuite.TryFind(suite, out var found) && SrtpKey.TryCreate(found, Convert.FromHexString(octets), out var key)
            ? key : throw new ArgumentException(suite);

    private static SrtpSession Session(string suite, string octets) => new(new SrtpKeys(Key(suite, octets), Key(suite, octets)));
}
