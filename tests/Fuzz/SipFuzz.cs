using System.Text;

namespace UnifiedMsg.Fuzz;

/// <summary>The SIP parsers on hostile octets.</summary>
public sealed class SipFuzz
{
    private const string Invite =
        "INVITE sip:vm@um.example.test:5060;target=sip:bob%40example.test;cause=408 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport, SIP / 2.0 / TCP [2001:db8::1] ; branch = x\r\n"
        + "Record-Route: <sip:192.0.2.1;lr>, <sip:p2.example.test;lr>\r\nMax-Forwards: 70\r\nf: \"Alice \\\"A\\\"\" <sip:alice@example.test>;tag=1\r\n"
        + "To: Bob\r\n <sip:bob@example.test>\r\ni: call@192.0.2.1\r\nCSeq: 1 INVITE\r\nm: <sip:alice@192.0.2.1;transport=udp>;expires=60\r\n"
        + "Diversion: <sip:bob@example.test>;reason=\"user-busy\";counter=1\r\nHistory-Info: <sip:bob@example.test?Reason=SIP%3Bcause%3D302>;index=1, <sip:vm@um.example.test;cause=486>;index=1.1;mp=1\r\n"
        + "P-Asserted-Identity: \"A\" <tel:+4930111;phone-context=x>\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n";

    private static readonly byte[][] Messages =
    [
        .. new[]
        {
            Invite,
            "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1;received=192.0.2.1;rport=5060\r\nFrom: sip:a@b;tag=1\r\nTo: <sip:b@c>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nl: 0\r\n\r\n",
            "\r\n\r\nOPTIONS tel:+49-30-1 SIP/2.0\r\nVia: SIP/2.0/TLS h\r\nFrom: a<sip:%00@b>;tag=1\r\nTo: \"\" <unknown:opaque>\r\nCall-ID: 1\r\nCSeq: 009 OPTIONS\r\nContact: *\r\n\r\n",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    [Fact]
    public void MutatedMessages() => Mutations.Run(SipTargets.Message, Messages, 20_000);

    [Fact]
    public void MutatedStreams() => Mutations.Run(SipTargets.Framing, [.. Messages, [.. Messages[0], .. Messages[1]]], 5_000);

    [Fact]
    public void MutatedUris() => Mutations.Run(SipTargets.Uri, Texts("sip:alice:pw@example.test:5060;transport=tcp;lr?Route=%3Csip:a%3E", "sips:[2001:db8::1]:5061",
        "tel:+49-30-123;phone-context=+49", "sip:user;par=u%40example.net@example.com", "mailto:a@b", "sip:%00@h;target=sip:b%40c;cause=302"), 30_000);

    [Fact]
    public void MutatedAddresses() => Mutations.Run(SipTargets.Address, Texts("\"A \\\" B\" <sip:a@b;lr>;tag=1;q=\"x,y\"", "sip:a@b;tag=2", "Bob <tel:+1>;reason=busy", "<sip:b?Reason=SIP%3Bcause%3D302>;index=1.1"), 30_000);

    [Fact]
    public void MutatedVias() => Mutations.Run(SipTargets.Via, Texts("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport", "SIP / 2.0 / TCP [::1] : 5060 ; received=2001:db8::1", "SIP/2.0/UDP h;maddr=224.0.0.1;ttl=1"), 30_000);

    [Fact]
    public void MutatedChallenges() => Mutations.Run(SipTargets.Challenge, Texts("Digest realm=\"a \\\"b\\\"\", nonce=\"n/+=\", opaque=\"o\\\\\", qop=\"auth-int\", algorithm=SHA-256",
        "digest nonce=n , realm=r, stale=true, domain=\"sip:a sip:b\"", "Digest realm=\"\", nonce=\"\", qop=\"auth,auth-int\", algorithm=md5"), 20_000);

    [Fact]
    public void MutatedRegistrations() => Mutations.Run(SipTargets.Registration, Texts("\"A\" <sip:a@192.0.2.1:5060;transport=tcp>;expires=60;q=0.5;+sip.instance=\"<urn:uuid:1>\";reg-id=1, sip:b@c",
        "*", "<sips:a@[2001:db8::1]>;q=1.0;expires=4294967295"), 20_000);

    [Fact]
    public void MutatedRedirects() => Mutations.Run(SipTargets.Redirect, Texts("\"A\" <sip:a@192.0.2.1:5060;transport=tcp;method=OPTIONS?Subject=a%20b&User-to-User=5;encoding=hex>;q=0.5, <sips:b@c>;q=1",
        "sip:b@[::1];q=0.25", "<sip:c@h?s=x&Reason=SIP%3Bcause%3D302&From=%0d%0a>"), 20_000);

    [Fact]
    public void MutatedSmallThings() => Mutations.Run(SipTargets.Small, Texts("1 INVITE", "776656 1 INVITE", "1800;refresher=uac", "SIP;cause=200;text=\"Call completed elsewhere\"",
        "425928@example.test;to-tag=7743;from-tag=6472;early-only", "SIP/2.0 180 Ringing\r\n", "Digest realm=\"a\", nonce=\"b\", qop=\"auth,auth-int\", algorithm=SHA-256, stale=TRUE",
        "Digest username=\"a\", realm=\"b\", nonce=\"c\", uri=\"sip:d\", response=\"e\", qop=auth, nc=0000001f, cnonce=\"f\"",
        "terminated;reason=probation;retry-after=5", "Messages-Waiting: yes\r\nMessage-Account: sip:b@c\r\nVoice-Message: 1/2 (0/0)\r\n", "Signal=5\r\nDuration=160", "11", "udp://[::1]:5060", ";a=b;c;d=\"e;f\""), 30_000);

    private static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
