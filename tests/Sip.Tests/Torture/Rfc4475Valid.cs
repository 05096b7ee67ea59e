using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests.Torture;

/// <summary>RFC 4475 §3.1.1: messages that every parser has to accept.</summary>
internal static class Rfc4475Valid
{
    private static readonly string Caller = Repeat("amazinglylongcallername", 5);

    public static IEnumerable<TortureMessage> Messages =>
    [
        // The tag in To names a dialog that is not there.
        TortureMessage.Of("wsinv", "RFC 4475 §3.1.1.1", """
            INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
            TO :
             sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
            from   : "J Rosenberg \\\""       <sip:jdrosen@example.com>
              ;
              tag = 98asjd8
            MaX-fOrWaRdS: 0068
            Call-ID: wsinv.ndaksdj@192.0.2.1
            Content-Length   : ℓ
            cseq: 0009
              INVITE
            Via  : SIP  /   2.0
             /UDP
                192.0.2.2;branch=390skdjuw
            s :
            NewFangledHeader:   newfangled value
             continued newfangled value
            UnknownHeaderWithUnusualValue: ;;,,;;,;
            Content-Type: application/sdp
            Route:
             <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
            v:  SIP  / 2.0  / TCP     spindle.example.com   ;
              branch  =   z9hG4bK9ikj8  ,
             SIP  /    2.0   / UDP  192.168.255.111   ; branch=
             z9hG4bK30239
            m:"Quoted string \"\"" <sip:jdrosen@example.com> ; newparam =
                  newvalue ;
              secondparam ; q = 0.33
            """, TortureMessage.Sdp("192.0.2.3").Replace("c=IN IP4 192.0.2.3", "c=IN IP4 192.0.2.4"), 481)
            with
        {
            Reads = m =>
            {
                Assert.Equal("1918181833n", m.To!.Tag);
                Assert.Equal("vivekg", m.To.Uri.User);
                Assert.Equal(("J Rosenberg \\\"", "98asjd8"), (m.From!.DisplayName, m.From.Tag));
                Assert.Equal(new CSeqHeader(9, "INVITE"), m.CSeq);
                Assert.Equal(("192.0.2.2", "390skdjuw"), (m.TopVia!.Host, m.TopVia.Branch));
                Assert.Equal("", m.Headers["Subject"]);
                Assert.Equal("newfangled value continued newfangled value", m.Headers["NewFangledHeader"]);
                Assert.Equal(";;,,;;,;", m.Headers["UnknownHeaderWithUnusualValue"]);
                var vias = m.Headers.Values("Via").ToList();
                Assert.Equal(3, vias.Count);
                Assert.True(ViaHeader.TryParse(vias[1], out var second));
                Assert.Equal(("TCP", "spindle.example.com", "z9hG4bK9ikj8"), (second.Transport, second.Host, second.Branch));
                Assert.True(ViaHeader.TryParse(vias[2], out var third));
                Assert.Equal("z9hG4bK30239", third.Branch);
                Assert.Equal("0.33", m.Contact!.Parameters["q"]);
                Assert.Equal(150, m.Body.Length);
            },
        },
        TortureMessage.Of("intmeth", "RFC 4475 §3.1.1.2", """
            !interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0
            Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~
            To: "BEL:\␇ NUL:\␀ DEL:\␡" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>
            From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="работающий";tag=_token~1'+`*%!-.
            Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{
            CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~
            Max-Forwards: 255
            extensionHeader-!.%*+_`'~:☐大停電
            Content-Length: 0
            """, "", 501)
            with
        {
            Reads = m =>
            {
                var uri = ((SipRequest)m).Uri;
                Assert.Equal(("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*", "example.com"), (uri.User, uri.Host));
                Assert.Equal("BEL:\a NUL:\0 DEL:\x7f", m.To!.DisplayName);
                Assert.Equal(("token1~` token2'+_ token3*%!.-", "_token~1'+`*%!-."), (m.From!.DisplayName, m.From.Tag));
                Assert.Equal("работающий", m.From.Parameters["fromParam''~+*_!.-%"]);
                Assert.Equal("\uFEFF大停電", m.Headers["extensionHeader-!.%*+_`'~"]);
            },
        },
        TortureMessage.Of("esc01", "RFC 4475 §3.1.1.3", """
            INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0
            To: sip:%75se%72@example.com
            From: <sip:I%20have%20spaces@example.net>;tag=938
            Max-Forwards: 87
            i: esc01.239409asdfakjkn23onasd0-3234
            CSeq: 234234 INVITE
            Via: SIP/2.0/UDP host5.example.net;branch=z9hG4bKkdjuw
            C: application/sdp
            Contact:
              <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>
            Content-Length: ℓ
            """, TortureMessage.Sdp("192.0.2.1"), 486)
            with
        {
            Reads = m =>
            {
                Assert.Equal("sips:user@example.com", ((SipRequest)m).Uri.User);
                Assert.Equal(("user", "I have spaces", "caller"), (m.To!.Uri.User, m.From!.Uri.User, m.Contact!.Uri.User));
                Assert.Equal("v%61lue%25%34%31", m.Contact.Uri.Parameters["n%61me"]);
            },
        },
        TortureMessage.Of("escnull", "RFC 4475 §3.1.1.4", """
            REGISTER sip:example.com SIP/2.0
            To: sip:null-%00-null@example.com
            From: sip:null-%00-null@example.com;tag=839923423
            Max-Forwards: 70
            Call-ID: escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd
            CSeq: 14398234 REGISTER
            Via: SIP/2.0/UDP host5.example.com;branch=z9hG4bKkdjuw
            Contact: <sip:%00@host5.example.com>
            Contact: <sip:%00%00@host5.example.com>
            L:0
            """, "", 200)
            with
        {
            Reads = m =>
            {
                Assert.Equal("null-\0-null", m.To!.Uri.User);
                Assert.Equal(["\0", "\0\0"], m.Headers.Values("Contact").Select(c => NameAddress.Parse(c).Uri.User));
            },
        },
        TortureMessage.Of("esc02", "RFC 4475 §3.1.1.5", """
            RE%47IST%45R sip:registrar.example.com SIP/2.0
            To: "%Z%45" <sip:resource@example.com>
            From: "%Z%45" <sip:resource@example.com>;tag=f232jadfj23
            Call-ID: esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf
            Via: SIP/2.0/TCP host.example.com;branch=z9hG4bK209%fzsnel234
            CSeq: 29344 RE%47IST%45R
            Max-Forwards: 70
            Contact: <sip:alias1@host1.example.com>
            C%6Fntact: <sip:alias2@host2.example.com>
            Contact: <sip:alias3@host3.example.com>
            l: 0
            """, "", 501)
            with
        {
            Reads = m =>
            {
                Assert.Equal("RE%47IST%45R", ((SipRequest)m).Method);
                Assert.Equal("%Z%45", m.To!.DisplayName);
                Assert.Equal(2, m.Headers.Values("Contact").Count());
            },
        },
        TortureMessage.Of("lwsdisp", "RFC 4475 §3.1.1.6", """
            OPTIONS sip:user@example.com SIP/2.0
            To: sip:user@example.com
            From: caller<sip:caller@example.com>;tag=323
            Max-Forwards: 70
            Call-ID: lwsdisp.1234abcd@funky.example.com
            CSeq: 60 OPTIONS
            Via: SIP/2.0/UDP funky.example.com;branch=z9hG4bKkdjuw
            l: 0
            """, "", 200)
            with
        { Reads = m => Assert.Equal("caller", m.From!.DisplayName) },
        TortureMessage.Of("longreq", "RFC 4475 §3.1.1.7", $"""
            INVITE sip:user@example.com SIP/2.0
            To: "I have a user name of {Repeat("extreme", 10)} proportion"<sip:user@example.com:6000;unknownparam1=very{Repeat("long", 20)}value;longparam{Repeat("name", 25)}=shortvalue;very{Repeat("long", 25)}ParameterNameWithNoValue>
            F: sip:{Caller}@example.net;tag=12{Repeat("982", 50)}424;unknownheaderparam{Repeat("name", 20)}=unknowheaderparam{Repeat("value", 15)};unknownValueless{Repeat("paramname", 10)}
            Call-ID: longreq.one{Repeat("really", 20)}longcallid
            CSeq: 3882340 INVITE
            Unknown-{Repeat("Long", 20)}-Name:unknown-{Repeat("long", 20)}-value;unknown-{Repeat("long", 20)}-parameter-name =unknown-{Repeat("long", 20)}-parameter-value
            Via: SIP/2.0/TCP sip33.example.com
            v: SIP/2.0/TCP sip32.example.com
            V: SIP/2.0/TCP sip31.example.com
            Via: SIP/2.0/TCP sip30.example.com
            ViA: SIP/2.0/TCP sip29.example.com
            VIa: SIP/2.0/TCP sip28.example.com
            VIA: SIP/2.0/TCP sip27.example.com
            via: SIP/2.0/TCP sip26.example.com
            viA: SIP/2.0/TCP sip25.example.com
            vIa: SIP/2.0/TCP sip24.example.com
            vIA: SIP/2.0/TCP sip23.example.com
            V :  SIP/2.0/TCP sip22.example.com
            v :  SIP/2.0/TCP sip21.example.com
            V  : SIP/2.0/TCP sip20.example.com
            v  : SIP/2.0/TCP sip19.example.com
            Via : SIP/2.0/TCP sip18.example.com
            Via  : SIP/2.0/TCP sip17.example.com
            {string.Join('\n', Enumerable.Range(1, 16).Select(i => $"Via: SIP/2.0/TCP sip{17 - i}.example.com"))}
            Via: SIP/2.0/TCP host.example.com;received=192.0.2.5;branch=very{Repeat("long", 50)}branchvalue
            Max-Forwards: 70
            Contact: <sip:{Caller}@host5.example.net>
            Content-Type: application/sdp
            l: ℓ
            """, TortureMessage.Sdp("192.0.2.1"), 486)
            with
        {
            Reads = m =>
            {
                Assert.Equal(34, m.Headers.Values("Via").Count());
                Assert.Equal((6000, 3), (m.To!.Uri.Port, m.To.Uri.Parameters.Count));
                Assert.Equal(3, m.From!.Parameters.Count);
                Assert.Equal(Caller, m.Contact!.Uri.User);
            },
        },
        // Over a stream what follows is no noise but the next request, whose body is three octets longer than it says.
        TortureMessage.Of("dblreq", "RFC 4475 §3.1.1.8", """
            REGISTER sip:example.com SIP/2.0
            To: sip:j.user@example.com
            From: sip:j.user@example.com;tag=43251j3j324
            Max-Forwards: 8
            I: dblreq.0ha0isndaksdj99sdfafnl3lk233412
            Contact: sip:j.user@host.example.com
            CSeq: 8 REGISTER
            Via: SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKkdjuw23492
            Content-Length: 0


            INVITE sip:joe@example.com SIP/2.0
            t: sip:joe@example.com
            From: sip:caller@example.net;tag=141334
            Max-Forwards: 8
            Call-ID: dblreq.0ha0isnda977644900765@192.0.2.15
            CSeq: 8 INVITE
            Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw380234
            Content-Type: application/sdp
            Content-Length: 150
            """, TortureMessage.Sdp("192.0.2.15").Replace("m=video", "m =video"), 200)
            with
        {
            StreamStatuses = [200, 486],
            Reads = m =>
            {
                Assert.Equal("j.user", m.Contact!.Uri.User);
                Assert.True(m.Body.IsEmpty);
            },
        },
        TortureMessage.Of("semiuri", "RFC 4475 §3.1.1.9", """
            OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0
            To: sip:j_user@example.com
            From: sip:caller@example.org;tag=33242
            Max-Forwards: 3
            Call-ID: semiuri.0ha0isndaksdj
            CSeq: 8 OPTIONS
            Accept: application/sdp, application/pkcs7-mime,
                    multipart/mixed, multipart/signed,
                    message/sip, message/sipfrag
            Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw
            l: 0
            """, "", 200)
            with
        {
            Reads = m =>
            {
                var uri = ((SipRequest)m).Uri;
                Assert.Equal(("user;par=u@example.net", 0), (uri.User, uri.Parameters.Count));
                Assert.Equal(6, m.Headers.Values("Accept").Count());
            },
        },
        TortureMessage.Of("transports", "RFC 4475 §3.1.1.10", """
            OPTIONS sip:user@example.com SIP/2.0
            To: sip:user@example.com
            From: <sip:caller@example.com>;tag=323
            Max-Forwards: 70
            Call-ID:  transports.kijh4akdnaqjkwendsasfdj
            Accept: application/sdp
            CSeq: 60 OPTIONS
            Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw
            Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf
            Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj
            Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en
            Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee
            l: 0
            """, "", 200)
            with
        { Reads = m => Assert.Equal(["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"], m.Headers.Values("Via").Select(TransportOf)) },
        TortureMessage.Of("mpart01", "RFC 4475 §3.1.1.11", """
            MESSAGE sip:kumiko@example.org SIP/2.0
            Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-;rport
            Max-Forwards: 70
            Route: <sip:127.0.0.1:5080>
            Identity: r5mwreLuyDRYBi/0TiPwEsY3rEVsk/G2WxhgTV1PF7hHuLIK0YWVKZhKv9Mj8UeXqkMVbnVq37CD+813gvYjcBUaZngQmXc9WNZSDNGCzA+fWl9MEUHWIZo1CeJebdY/XlgKeTa0Olvq0rt70Q5jiSfbqMJmQFteeivUhkMWYUA=
            Contact: <sip:fluffy@127.0.0.1:5070>
            To: <sip:kumiko@example.org>
            From: <sip:fluffy@example.com>;tag=2fb0dcc9
            Call-ID: 3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..
            CSeq: 1 MESSAGE
            Content-Transfer-Encoding: binary
            Content-Type: multipart/mixed;boundary=7a9cbec02ceef655
            Date: Sat, 15 Oct 2005 04:44:56 GMT
            User-Agent: SIPimp.org/0.2.5 (curses)
            Content-Length: ℓ
            """, Signed(), 200)
            with
        { Reads = m => Assert.Equal(Signed(), m.Body.ToArray()) },
        TortureMessage.Of("unreason", "RFC 4475 §3.1.1.12", """
            SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое
            Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
            Call-ID: unreason.1234ksdfak3j2erwedfsASdf
            CSeq: 35 INVITE
            From: sip:user@example.com;tag=11141343
            To: sip:user@example.edu;tag=2229
            Content-Length: ℓ
            Content-Type: application/sdp
            Contact: <sip:user@host198.example.com>
            """, TortureMessage.Sdp("192.0.2.198"))
            with
        { Reads = m => Assert.Equal("= 2**3 * 5**2 но сто девяносто девять - простое", ((SipResponse)m).Reason) },
        TortureMessage.Of("noreason", "RFC 4475 §3.1.1.13", """
            SIP/2.0 100␠
            Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe
            Call-ID: noreason.asndj203insdf99223ndf
            CSeq: 35 INVITE
            From: <sip:user@example.com>;tag=39ansfi3
            To: <sip:user@example.edu>;tag=902jndnke3
            Content-Length: 0
            Contact: <sip:user@host105.example.com>
            """, "")
            with
        { Reads = m => Assert.Equal((100, ""), (((SipResponse)m).Status, ((SipResponse)m).Reason)) },
    ];

    private static string TransportOf(string via) => ViaHeader.TryParse(via, out var value) ? value.Transport : "";

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    // Two parts, the second a PKCS #7 signature with every kind of octet, NUL and a bare CR among them.
    private static byte[] Signed() =>
    [
        .. "--7a9cbec02ceef655\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\r\nHello\r\n--7a9cbec02ceef655\r\n"u8,
        .. "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"u8,
        .. Convert.FromHexString(
            "3082015206092A864886F70D010702A08201433082013F0201013109300706052B0E03021A300B06092A864886F70D010701318201203082011C0201"
            + "01307C3070310B3009060355040613025553311330110603550408130A43616C69666F726E69613111300F0603550407130853616E204A6F7365310E"
            + "300C060355040A1305736970697431293027060355040B13205369706974205465737420436572746966696361746520417574686F72697479020801"
            + "95007102330113300706052B0E03021A300D06092A864886F70D01010105000481808EF466F948F0522DD2E5978E9D95AAE9F2FE15A06659716292E8"
            + "DA2AA8D8350A68CEFFAE3CBD2BFF1675DDD5648E593DD64728F26220F7E941749E330D9A15EDABDB93D10C42102E7B7289D29CC0C9AE2EFBC7C0CFF9"
            + "172F3B027E4FC027E1546DE4B6AA3ABB3E66CCCB5DD6C64B8383149CB8E6FF182D944FE57B65BC99D005"),
        .. "\r\n--7a9cbec02ceef655--\r\n"u8,
    ];
}
