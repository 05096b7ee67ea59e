using System.Text;

namespace UnifiedMsg.Fuzz;

/// <summary>The structured SIP header fields on hostile octets.</summary>
public sealed class SipHeaderFuzz
{
    private const string Header = "{\"alg\":\"ES256\",\"ppt\":\"shaken\",\"typ\":\"passport\",\"x5u\":\"https://cert.example.test/a.pem\"}";
    private const string Claims = "{\"attest\":\"A\",\"dest\":{\"tn\":[\"4930222\"],\"uri\":[\"sip:b@c\"]},\"iat\":1443208345,\"orig\":{\"tn\":\"4930111\"},\"origid\":\"123e4567\"}";

    [Fact]
    public void MutatedCSeqs() => Mutations.Run(SipHeaderTargets.CSeq, Texts("1 INVITE", "2147483647\tFOO", "0009   ACK", "4294967296 BYE"), 30_000);

    [Fact]
    public void MutatedParameters() => Mutations.Run(SipHeaderTargets.Parameters, Texts(";a=b;c;d=\"e;f\\\"\"", "a = [::1] ; b=<sip:x;y>", ";tag=1;received=2001:db8::1"), 30_000);

    [Fact]
    public void MutatedDigests() => Mutations.Run(SipHeaderTargets.Digest, Texts(
        "Digest realm=\"a\", nonce=\"b\", qop=\"auth,auth-int\", algorithm=SHA-256, stale=TRUE, opaque=\"\"",
        "Digest username=\"alice\", realm=\"a\", nonce=\"b\", uri=\"sip:c\", response=\"00112233445566778899aabbccddeeff\", algorithm=MD5, cnonce=\"d\", qop=auth, nc=00000001",
        "Digest username*=UTF-8''J%C3%A4s, userhash=true"), 30_000);

    [Fact]
    public void MutatedMessageWaiting() => Mutations.Run(SipHeaderTargets.MessageWaiting, Texts(
        "Messages-Waiting: yes\r\nMessage-Account: sip:b@c\r\nVoice-Message: 1/2 (0/0)\r\n\r\nSubject: x\r\n", "messages-waiting:no\r\nfax-message: 4294967295/0"), 30_000);

    [Fact]
    public void MutatedParties() => Mutations.Run(SipHeaderTargets.Parties, Texts(
        "Diversion: <sip:bob@example.test>;reason=\"user-busy\";counter=1;privacy=off, \"X\" <tel:+1>;reason=away",
        "History-Info: <sip:bob@example.test?Reason=SIP%3Bcause%3D302&Privacy=history>;index=1, <sip:vm@um.example.test;cause=486>;index=1.1;mp=1;rc=1",
        "P-Asserted-Identity: \"A\" <sip:a;verstat=x@b>, <tel:+4930111;phone-context=x>\r\nPrivacy: id;critical\r\nPrivacy: none",
        "P-Preferred-Identity: <sip:anonymous@anonymous.invalid>\r\nPrivacy: user ; header;session"), 20_000);

    [Fact]
    public void MutatedIdentities() => Mutations.Run(SipHeaderTargets.Identity, Texts(
        $"{Encode(Header)}.{Encode(Claims)}.AAAA;info=<https://cert.example.test/a.pem;x=y>;alg=ES256;ppt=\"shaken\"",
        "..c2ln;info=<https://cert.example.test/a.pem>", "\"cmZjNDQ3NA==\";info=<https://h>;alg=rsa-sha1"), 30_000);

    [Fact]
    public void MutatedClaims() => Mutations.Run(SipHeaderTargets.Claims, Texts($"{Header}\n{Claims}", $"{Header}\n{{\"dest\":{{\"uri\":\"sip:b\"}},\"iat\":1e3,\"orig\":{{\"uri\":\"sip:a\"}}}}", "{}\n[]"), 30_000);

    [Fact]
    public void MutatedTnAuthLists() => Mutations.Run(SipHeaderTargets.TnAuthList, [
        [0x30, 0x08, 0xA0, 0x06, 0x16, 0x04, .. "709J"u8],
        [0x30, 0x0F, 0xA2, 0x0D, 0x16, 0x0B, .. "12155551212"u8],
        [0x30, 0x14, 0xA1, 0x12, 0x30, 0x10, 0x16, 0x0B, .. "12155551200"u8, 0x02, 0x01, 0x0C],
    ], 30_000);

    [Fact]
    public void MutatedCertificates() => Mutations.Run(SipHeaderTargets.Certificate, Texts(
        "-----BEGIN CERTIFICATE-----\nMIIBfzCCASWgAwIBAgIUTg==\n-----END CERTIFICATE-----\n", "-----BEGIN X-----\n-----END X-----\n", "0\u0082\u0001\u0002"), 3_000);

    private static string Encode(string text) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
