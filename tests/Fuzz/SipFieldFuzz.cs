using System.Text;

namespace UnifiedMsg.Fuzz;

/// <summary>The header fields that say one thing each, on hostile octets.</summary>
public sealed class SipFieldFuzz
{
    private const string Session = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n";

    [Fact]
    public void MutatedRAcks() => Mutations.Run(SipFieldTargets.RAck, Texts("776656 1 INVITE", "4294967295  2147483647\tUPDATE", "0 0 X", "1 4294967296 INVITE"), 30_000);

    [Fact]
    public void MutatedReplaces() => Mutations.Run(SipFieldTargets.Replaces, Texts(
        "425928@example.test;to-tag=7743;from-tag=6472;early-only", "a@[::1] ; from-tag = 1 ; TO-TAG = 2;x=\"y;z\"", "\"<>@();to-tag=0;from-tag=0", "a;to-tag=1;to-tag=2;from-tag=3", "a\r\nVia: x;to-tag=1;from-tag=\"2\""), 30_000);

    [Fact]
    public void MutatedSessionExpires() => Mutations.Run(SipFieldTargets.SessionExpires, Texts("1800;refresher=uac", "90 ; Refresher = \"UAS\";x", "4294967295", "0", "4294967296"), 30_000);

    [Fact]
    public void MutatedReasons() => Mutations.Run(SipFieldTargets.Reason, Texts(
        "SIP;cause=200;text=\"Call completed elsewhere\"", "Q.850 ; cause = 16 ; text = \"a \\\"b\\\" \\\\\"", "preemption;cause=2147483647", "X;cause=;text=\"\""), 30_000);

    [Fact]
    public void MutatedDispositions() => Mutations.Run(SipFieldTargets.Disposition, Texts("session;handling=required", "Icon ; Handling = \"optional\"", "early-session", "render;x=\"a;b\""), 30_000);

    [Fact]
    public void MutatedBodies() => Mutations.Run(SipFieldTargets.Body, Texts(
        "application/sdp\n" + Session, "Application / SDP;charset=utf-8\n" + Session,
        $"multipart/mixed;boundary=b\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--bc\r\n--b \r\nc: application/sdp\r\nContent-Disposition: session\r\n\r\n{Session}\r\n--b--\r\n",
        $"multipart/alternative; boundary=\"a b\"\nx\r\n--a b\r\nContent-Type: application/sdp\r\nContent-Disposition: early-session\r\n\r\n{Session}\r\n--a b--"), 20_000);

    [Fact]
    public void MutatedAccepts() => Mutations.Run(SipFieldTargets.Accept, Texts("application/sdp;level=1;q=0.5, text/*", "*/*;q=0", "APPLICATION / * ; q = \"0.000\", application/sdp", ", ,", ""), 30_000);

    [Fact]
    public void MutatedEvents() => Mutations.Run(SipFieldTargets.Event, Texts("message-summary", "Presence.winfo ; id = 7", "dialog;call-id=\"12@h\";to-tag=1;from-tag=2", "refer;id=\"\\\"\""), 30_000);

    [Fact]
    public void MutatedSubscriptionStates() => Mutations.Run(SipFieldTargets.SubscriptionState, Texts(
        "active;expires=3600", "terminated;reason=probation;retry-after=5", "Pending ; Expires = 4294967295", "x;expires=-1;reason=\"y\""), 30_000);

    [Fact]
    public void MutatedReferTos() => Mutations.Run(SipFieldTargets.ReferTo, Texts(
        "<sip:carol@example.test?Replaces=425928%40example.test%3Bto-tag%3D7743%3Bfrom-tag%3D6472&Require=replaces>", "\"Carol\" <sips:carol@[::1];method=INVITE>", "tel:+49-30-1",
        "<sip:c@h?Replaces=a%0D%0AVia%3A%20x%3Bto-tag%3D1%3Bfrom-tag%3D%222%00%22&replaces=b>", "<sip:c@h;method=INVITE?a=b&Subject=%22>"), 20_000);

    [Fact]
    public void MutatedTimes() => Mutations.Run(SipFieldTargets.Times, Texts(
        "18000;duration=3600\n<sip:vm@um.example.test>;expires=60, <sip:b@c>\n3600", "5 (I'm in a \\) meeting)\nsip:vm@um.example.test;expires=4294967295\n4294967296", "-1\n*\n0"), 30_000);

    [Fact]
    public void MutatedKeys() => Mutations.Run(SipFieldTargets.Keys, Texts("Signal=5\r\nDuration=160\r\n", "signal = *\nduration = 4294967296", "11", "Signal=16", "#"), 30_000);

    [Fact]
    public void MutatedFragments() => Mutations.Run(SipFieldTargets.Fragment, Texts("SIP/2.0 180 Ringing\r\nContact: <sip:a@b>\r\n", "SIP/2.0 200", "sip/2.0 603 Décliné\n", "INVITE sip:a@b SIP/2.0\r\n"), 30_000);

    [Fact]
    public void MutatedTraces() => Mutations.Run(SipFieldTargets.Trace, Texts(
        "INVITE sip:a:secret@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n"
        + "Authorization: Digest username=\"a\", nonce=\"n\",\r\n response=\"00ff\", opaque=o\r\ny: a.b.c;info=<https://h>\r\nContent-Type: application/sdp\r\nContent-Length: 9\r\n\r\n"
        + Session + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc|2^20;inline:def\r\nk=clear:x\r\na=ice-pwd:y\r\n",
        "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"a\\\"b\r\n\r\n",
        "INFO sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INFO\r\nc: application/dtmf-relay\r\n\r\nSignal=5\r\nDuration=160\r\n"), 10_000);

    [Fact]
    public void MutatedServers() => Mutations.Run(SipFieldTargets.Servers,
        [[1, 0, 10, 19, 196, 1, 0, 30, 19, 197, 0, 0, 0, 0, 0], [0, 255, 255, 255, 255, 0, 255, 255, 255, 255], new byte[50]], 20_000);

    [Fact]
    public void MutatedHosts() => Mutations.Run(SipFieldTargets.Addresses,
        [[192, 0, 2, 1], [0, 0, 0, 0], [255, 255, 255, 255], new byte[16], [0xFE, 0x80, .. new byte[13], 1, 0, 0, 0, 3], [.. new byte[10], 0xFF, 0xFF, 192, 0, 2, 1], [0x20, 1, 0xD, 0xB8, .. new byte[12]]], 20_000);

    private static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
