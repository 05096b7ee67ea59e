using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests.Torture;

/// <summary>RFC 5118 §4: messages with IPv6 addresses.</summary>
internal static class Rfc5118
{
    private const string Contact = "Contact: \"Caller\" <sip:caller@[2001:db8::1]>";

    public static IEnumerable<TortureMessage> Messages =>
    [
        Register("ipv6-good", "§4.1", "sip:[2001:db8::10]", 200, uri => Assert.Equal(("[2001:db8::10]", null), (uri.Host, uri.Port))),
        Register("ipv6-bad", "§4.2", "sip:2001:db8::10", 400, null),
        Register("port-ambiguous", "§4.3", "sip:[2001:db8::10:5070]", 200, uri => Assert.Equal(("[2001:db8::10:5070]", null), (uri.Host, uri.Port)), contactFirst: true),
        Register("port-unambiguous", "§4.4", "sip:[2001:db8::10]:5070", 200, uri => Assert.Equal(("[2001:db8::10]", 5070), (uri.Host, uri.Port)), contactFirst: true),
        TortureMessage.Of("via-received-param-with-delim", "RFC 5118 §4.5", """
            BYE sip:[2001:db8::10] SIP/2.0
            To: sip:user@example.com;tag=bd76ya
            From: sip:user@example.com;tag=81x2
            Via: SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111
            Call-ID: SSG9559905523997077@hlau_4100
            Max-Forwards: 70
            CSeq: 321 BYE
            Content-Length: 0
            """, "", 481)
            with
        { Reads = m => Assert.Equal("[2001:db8::9:255]", m.TopVia!.Parameters["received"]) },
        TortureMessage.Of("via-received-param-no-delim", "RFC 5118 §4.5", """
            OPTIONS sip:[2001:db8::10] SIP/2.0
            To: sip:user@example.com
            From: sip:user@example.com;tag=81x2
            Via: SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3
            Call-ID: SSG95523997077@hlau_4100
            Max-Forwards: 70
            Contact: "Caller" <sip:caller@[2001:db8::9:1]>
            CSeq: 921 OPTIONS
            Content-Length: 0
            """, "", 200)
            with
        { Reads = m => Assert.Equal("2001:db8::9:255", m.TopVia!.Parameters["received"]) },
        TortureMessage.Of("ipv6-in-sdp", "RFC 5118 §4.6", """
            INVITE sip:user@[2001:db8::10] SIP/2.0
            To: sip:user@[2001:db8::10]
            From: sip:user@example.com;tag=81x2
            Via: SIP/2.0/UDP [2001:db8::20];branch=z9hG4bKas3-111
            Call-ID: SSG9559905523997077@hlau_4100
            Contact: "Caller" <sip:caller@[2001:db8::20]>
            CSeq: 8612 INVITE
            Max-Forwards: 70
            Content-Type: application/sdp
            Content-Length: ℓ
            """, """
            v=0
            o=assistant 971731711378798081 0 IN IP6 2001:db8::20
            s=Live video feed for today's meeting
            c=IN IP6 2001:db8::20
            t=3338481189 3370017201
            m=audio 6000 RTP/AVP 2
            a=rtpmap:2 G726-32/8000
            m=video 6024 RTP/AVP 107
            a=rtpmap:107 H263-1998/90000

            """, 486)
            with
        { Reads = m => Assert.Contains("IN IP6 2001:db8::20", m.BodyText) },
        TortureMessage.Of("mult-ip-in-header", "RFC 5118 §4.7", """
            BYE sip:user@host.example.net SIP/2.0
            Via: SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111
            Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144
            Via: SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200
            Call-ID: 997077@lau_4100
            Max-Forwards: 70
            CSeq: 89187 BYE
            To: sip:user@example.net;tag=9817--94
            From: sip:user@example.com;tag=81x2
            Content-Length: 0
            """, "", 481)
            with
        { Reads = m => Assert.Equal(("[2001:db8::9:1]", 6050, 3), (m.TopVia!.Host, m.TopVia.Port, m.Headers.Values("Via").Count())) },
        TortureMessage.Of("mult-ip-in-sdp", "RFC 5118 §4.8", """
            INVITE sip:user@[2001:db8::10] SIP/2.0
            To: sip:user@[2001:db8::10]
            From: sip:user@example.com;tag=81x2
            Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111
            Call-ID: SSG9559905523997077@hlau_4100
            Contact: "Caller" <sip:caller@[2001:db8::9:1]>
            Max-Forwards: 70
            CSeq: 8912 INVITE
            Content-Type: application/sdp
            Content-Length: ℓ
            """, """
            v=0
            o=bob 280744730 28977631 IN IP4 host.example.com
            s=
            t=0 0
            m=audio 22334 RTP/AVP 0
            c=IN IP4 192.0.2.1
            m=video 6024 RTP/AVP 107
            c=IN IP6 2001:db8::1
            a=rtpmap:107 H263-1998/90000

            """, 486)
            with
        { Reads = m => Assert.Contains("c=IN IP6 2001:db8::1", m.BodyText) },
        TortureMessage.Of("ipv4-mapped-ipv6", "RFC 5118 §4.9", """
            INVITE sip:user@example.com SIP/2.0
            To: sip:user@example.com
            From: sip:user@east.example.com;tag=81x2
            Via: SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19
            Via: SIP/2.0/UDP [::ffff:192.0.2.2];branch=z9hG4bKas3-111
            Call-ID: SSG9559905523997077@hlau_4100
            Contact: "T. desk phone" <sip:ted@[::ffff:192.0.2.2]>
            CSeq: 612 INVITE
            Max-Forwards: 70
            Content-Type: application/sdp
            Content-Length: ℓ
            """, """
            v=0
            o=assistant 971731711378798081 0 IN IP6 ::ffff:192.0.2.2
            s=Call me soon, please!
            c=IN IP6 ::ffff:192.0.2.2
            t=3338481189 3370017201
            m=audio 6000 RTP/AVP 2
            a=rtpmap:2 G726-32/8000
            m=video 6024 RTP/AVP 107
            a=rtpmap:107 H263-1998/90000

            """, 486)
            with
        { Reads = m => Assert.Equal(("[::ffff:192.0.2.10]", "[::ffff:192.0.2.2]"), (m.TopVia!.Host, m.Contact!.Uri.Host)) },
        Reference("ipv6-bug-abnf-3-colons", "[2001:db8:::192.0.2.1]"),
        Reference("ipv6-correct-abnf-2-colons", "[2001:db8::192.0.2.1]"),
    ];

    private static TortureMessage Register(string name, string section, string uri, int status, Action<SipUri>? reads, bool contactFirst = false) =>
        TortureMessage.Of(name, "RFC 5118 " + section, $"""
            REGISTER {uri} SIP/2.0
            To: sip:user@example.com
            From: sip:user@example.com;tag=81x2
            Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111
            Call-ID: SSG9559905523997077@hlau_4100
            {(contactFirst ? $"{Contact}\nMax-Forwards: 70" : $"Max-Forwards: 70\n{Contact}")}
            CSeq: 98176 REGISTER
            Content-Length: 0
            """, "", status)
        with
        { Reads = reads is null ? null : m => reads(((SipRequest)m).Uri) };

    private static TortureMessage Reference(string name, string host) =>
        TortureMessage.Of(name, "RFC 5118 §4.10", $"""
            OPTIONS sip:user@{host} SIP/2.0
            To: sip:user@{host}
            From: sip:user@example.com;tag=810x2
            Via: SIP/2.0/UDP lab1.east.example.com;branch=z9hG4bKas3-111
            Call-ID: G9559905523997077@hlau_4100
            CSeq: 689 OPTIONS
            Max-Forwards: 70
            Content-Length: 0
            """, "", 200)
        with
        { Reads = m => Assert.Equal(host, m.To!.Uri.Host) };
}
