using System.Text;
using UnifiedMsg.Sip.Tracing;

namespace UnifiedMsg.Sip.Tests;

/// <summary>Secrets never leave the process in a trace, and lengths stay as they were.</summary>
public sealed class SecretMaskTests
{
    [Theory]
    [InlineData("Authorization: Digest username=\"bob\", realm=\"example.test\", nonce=\"S3CRET\", uri=\"sip:a\", response=\"S3CRET\"")]
    [InlineData("Authorization: Digest username=\"bob\", response=S3CRET, qop=auth, cnonce=\"S3CR\\\"S3CRET\"")]
    [InlineData("Authorization: Digest username=\"bob\",\r\n response=\"S3CRET\"")]
    [InlineData("proxy-authorization : digest RESPONSE = \"S3CRET\"")]
    [InlineData("Authorization: Basic S3CRET")]
    [InlineData("Authorization: Bearer S3CRET")]
    [InlineData("WWW-Authenticate: Digest realm=\"x\", nonce=\"S3CRET\", opaque=\"S3CRET\"")]
    [InlineData("Authentication-Info: nextnonce=\"S3CRET\", rspauth=\"S3CRET\"")]
    [InlineData("Identity: eyJhbGci.eyJvcmln.S3CRET;info=<https://example.test/cert>;alg=ES256")]
    [InlineData("y: ..S3CRET;info=<https://example.test/cert>")]
    [InlineData("Contact: <sip:bob:S3CRET@example.test>")]
    [InlineData("From: \"Bob\" <sips:bob:S3CRET@example.test;transport=tcp>;tag=1")]
    [InlineData("Subject: a\nAuthorization: Digest response=\"S3CRET\"")]
    public void Headers(string header)
    {
        var message = $"OPTIONS sip:a@b SIP/2.0\r\n{header}\r\nContent-Length: 0\r\n\r\n";
        var masked = Mask(message);
        Assert.DoesNotContain("S3CR", masked);
        Assert.Equal(message.Length, masked.Length);
    }

    [Theory]
    [InlineData("INFO", "application/dtmf-relay", "Signal=7\r\nDuration=160\r\n", "Signal=*\r\nDuration=160\r\n")]
    [InlineData("INFO", "application/dtmf-relay", "Signal: 7\r\n", "Signal: *\r\n")]
    [InlineData("INFO", "application/dtmf", "7", "*")]
    [InlineData("INFO", "application/unheard-of", "digit 7", "***** *")]
    [InlineData("NOTIFY", "application/kpml-response+xml", "<r digits=\"7\"/>", "** *******\"*\"**")]
    [InlineData("MESSAGE", "text/plain", "see you", "*** ***")]
    [InlineData("INVITE", "application/sdp", "v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:S3CRET|2^20|1:4\r\n", "v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:******|2^20|1:4\r\n")]
    [InlineData("INVITE", "application/sdp", "v=0\r\nk=base64:S3CRET\r\na=ice-pwd:S3CRET\r\n", "v=0\r\nk=*************\r\na=ice-pwd:******\r\n")]
    [InlineData("INVITE", "multipart/mixed;boundary=b", "--b\r\n\r\na=crypto:1 X inline:S3CRET;inline:S3CRET\r\n", "--b\r\n\r\na=crypto:1 X inline:******;inline:******\r\n")]
    public void Bodies(string method, string type, string body, string expected)
    {
        var head = $"{method} sip:a@b SIP/2.0\r\nc: {type}\r\n\r\n";
        Assert.Equal(head + expected, Mask(head + body));
    }

    [Fact]
    public void What_one_looks_for_stays()
    {
        const string message = "REGISTER sip:example.test SIP/2.0\r\nFrom: <sip:bob@example.test>;tag=1\r\n"
            + "Authorization: Digest username=\"bob\", realm=\"example.test\", uri=\"sip:example.test\", algorithm=MD5\r\n\r\n";
        Assert.Equal(message, Mask(message));
    }

    [Fact]
    public void Headers_without_an_end_hide_a_body_in_them() =>
        Assert.DoesNotContain("S3CRET", Mask("INVITE sip:a@b SIP/2.0\r\na=crypto:1 X inline:S3CRET\r\n"));

    private static string Mask(string message) => Encoding.UTF8.GetString(SecretMask.Masked(Encoding.UTF8.GetBytes(message)));
}
