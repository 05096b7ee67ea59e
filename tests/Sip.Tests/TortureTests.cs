using System.Text;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

/// <summary>The cases of RFC 4475 that touch what is there; each names its section.</summary>
public class TortureTests
{
    [Fact]
    public void S3_1_1_1_a_short_tortuous_INVITE()
    {
        var request = Good<SipRequest>("""
            INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
            TO :
             sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
            from   : "J Rosenberg \\\""       <sip:jdrosen@example.com>
              ;
              tag = 98asjd8
            MaX-fOrWaRdS: 0068
            Call-ID: wsinv.ndaksdj@192.0.2.1
            Content-Length   : 150
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
            """, new string('v', 150));
        Assert.Equal("1918181833n", request.To!.Tag);
        Assert.Equal("vivekg", request.To.Uri.User);
        Assert.Equal("J Rosenberg \\\"", request.From!.DisplayName);
        Assert.Equal("98asjd8", request.From.Tag);
        Assert.Equal(new CSeqHeader(9, "INVITE"), request.CSeq);
        Assert.Equal("192.0.2.2", request.TopVia!.Host);
        Assert.Equal("390skdjuw", request.TopVia.Branch);
        Assert.Equal("", request.Headers["Subject"]);
        Assert.Equal("newfangled value continued newfangled value", request.Headers["NewFangledHeader"]);
        Assert.Equal(";;,,;;,;", request.Headers["UnknownHeaderWithUnusualValue"]);
        var vias = request.Headers.Values("Via").ToList();
        Assert.Equal(3, vias.Count);
        Assert.True(ViaHeader.TryParse(vias[1], out var second));
        Assert.Equal(("TCP", "spindle.example.com", "z9hG4bK9ikj8"), (second.Transport, second.Host, second.Branch));
        Assert.True(ViaHeader.TryParse(vias[2], out var third));
        Assert.Equal("z9hG4bK30239", third.Branch);
        Assert.Equal("0.33", request.Contact!.Parameters["q"]);
        Assert.Equal(150, request.Body.Length);
    }

    [Fact]
    public void S3_1_1_2_a_wide_range_of_valid_characters()
    {
        var request = Good<SipRequest>("""
            !interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0
            Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~
            To: "BEL:\␇ NUL:\␀ DEL:\␡" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>
            From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%="работающий";tag=_token~1'+`*%!-.
            Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{
            CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~
            Max-Forwards: 255
            extensionHeader-!.%*+_`'~:大停電
            Content-Length: 0
            """);
        Assert.Equal("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*", request.Uri.User);
        Assert.Equal("example.com", request.Uri.Host);
        Assert.Equal("token1~` token2'+_ token3*%!.-", request.From!.DisplayName);
        Assert.Equal("_token~1'+`*%!-.", request.From.Tag);
        Assert.Equal("大停電", request.Headers["extensionHeader-!.%*+_`'~"]);
    }

    [Fact]
    public void S3_1_1_3_and_5_escapes_are_decoded_in_user_parts_and_nowhere_else()
    {
        var request = Good<SipRequest>(Minimal("INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0",
            to: "<sip:%75se%72@example.com>", from: "<sip:I%20have%20spaces@example.net>;tag=1"));
        Assert.Equal("sips:user@example.com", request.Uri.User);
        Assert.Equal("user", request.To!.Uri.User);
        Assert.Equal("I have spaces", request.From!.Uri.User);
        request = Good<SipRequest>(Minimal("RE%47IST%45R sip:registrar.example.com SIP/2.0", cseq: "1 RE%47IST%45R"));
        Assert.Equal("RE%47IST%45R", request.Method);
    }

    [Fact]
    public void S3_1_1_4_an_escaped_NUL_in_a_user_part_is_part_of_it()
    {
        var request = Good<SipRequest>(Minimal("REGISTER sip:example.com SIP/2.0", to: "sip:null-%00-null@example.com",
            headers: "Contact: <sip:%00@host5.example.com>, <sip:%00%00@host5.example.com>"));
        Assert.Equal("null-\0-null", request.To!.Uri.User);
        Assert.Equal(2, request.Headers.Values("Contact").Count());
    }

    [Fact]
    public void S3_1_1_6_no_space_between_name_and_bracket()
    {
        var request = Good<SipRequest>(Minimal("OPTIONS sip:user@example.com SIP/2.0", from: "caller<sip:caller@example.com>;tag=323"));
        Assert.Equal("caller", request.From!.DisplayName);
    }

    [Fact]
    public void S3_1_1_7_long_values()
    {
        var longName = string.Concat(Enumerable.Repeat("longvalue", 50));
        var request = Good<SipRequest>(Minimal($"INVITE sip:user@example.com SIP/2.0",
            to: $"\"I have a user name of extreme proportion\"<sip:user@example.com:6000;unknownparam1=very{longName};longparam{longName}=short;short=long{longName}>",
            via: string.Join("\nVia: ", Enumerable.Range(1, 34).Select(i => $"SIP/2.0/TCP sip{i}.example.com;received=192.0.2.{i};branch=ver{longName}{i}"))));
        Assert.Equal(34, request.Headers.Values("Via").Count());
        Assert.Equal(6000, request.To!.Uri.Port);
    }

    [Fact]
    public void S3_1_1_8_octets_after_the_body_of_a_datagram_are_ignored()
    {
        var request = Good<SipRequest>(Minimal("REGISTER sip:example.com SIP/2.0", headers: "Content-Length: 0"), "INVITE sip:joe@example.com SIP/2.0\r\n");
        Assert.Equal("REGISTER", request.Method);
        Assert.True(request.Body.IsEmpty);
    }

    [Fact]
    public void S3_1_1_9_semicolons_in_user_parts()
    {
        var request = Good<SipRequest>(Minimal("OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0"));
        Assert.Equal("user;par=u@example.net", request.Uri.User);
        Assert.Equal(0, request.Uri.Parameters.Count);
    }

    [Fact]
    public void S3_1_1_10_and_11_transports_and_bodies_of_any_kind()
    {
        var request = Good<SipRequest>(Minimal("OPTIONS sip:user@example.com SIP/2.0",
            via: "SIP/2.0/SCTP t2.example.com;branch=z9hG4bKzzxdiwo34sw, SIP/2.0/UNKNOWN t7.example.com:80;branch=z9hG4bK1"));
        Assert.Equal("SCTP", request.TopVia!.Transport);
        Assert.NotNull(Good<SipRequest>(Minimal("MESSAGE sip:kumiko@example.org SIP/2.0",
            headers: "Content-Type: multipart/mixed;boundary=7a9cbec02ceef655"), "--7a9cbec02ceef655\r\n\0\u0001").Body.ToArray());
    }

    [Fact]
    public void S3_1_1_12_and_13_reason_phrases()
    {
        var response = Good<SipResponse>(Minimal("SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое", cseq: "35 INVITE"));
        Assert.EndsWith("простое", response.Reason);
        Assert.Equal("", Good<SipResponse>(Minimal("SIP/2.0 100 ", cseq: "35 INVITE")).Reason);
    }

    [Theory]
    [InlineData("S3_1_2_1 separators", "INVITE sip:user@example.com SIP/2.0", "SIP/2.0/UDP 192.0.2.15;;,;,,", null, null, "1 INVITE", "")]
    [InlineData("S3_1_2_2 length too large", "INVITE sip:user@example.com SIP/2.0", null, null, null, "1 INVITE", "Content-Length: 9999")]
    [InlineData("S3_1_2_3 negative length", "INVITE sip:user@example.com SIP/2.0", null, null, null, "1 INVITE", "Content-Length: -999")]
    [InlineData("S3_1_2_4 huge CSeq", "REGISTER sip:example.com SIP/2.0", null, null, null, "36893488147419103232 REGISTER", "")]
    [InlineData("S3_1_2_4 huge Max-Forwards", "REGISTER sip:example.com SIP/2.0", null, null, null, "1 REGISTER", "Max-Forwards: 300")]
    [InlineData("S3_1_2_4 huge Expires", "REGISTER sip:example.com SIP/2.0", null, null, null, "1 REGISTER", "Expires: 10000000000000000000000")]
    [InlineData("S3_1_2_6 unbalanced quote", "INVITE sip:user@example.com SIP/2.0", null, "\"Mr. J. User <sip:j.user@example.com>", null, "1 INVITE", "")]
    [InlineData("S3_1_2_7 brackets", "INVITE <sip:user@example.com> SIP/2.0", null, null, null, "1 INVITE", "")]
    [InlineData("S3_1_2_8 space in URI", "INVITE sip:user@example.com; lr SIP/2.0", null, null, null, "1 INVITE", "")]
    [InlineData("S3_1_2_9 spaces", "INVITE  sip:user@example.com  SIP/2.0", null, null, null, "1 INVITE", "")]
    [InlineData("S3_1_2_10 space at the end", "OPTIONS sip:remote-target@example.com SIP/2.0  ", null, null, null, "1 OPTIONS", "")]
    [InlineData("S3_1_2_11 headers in URI", "INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0", null, null, null, "1 INVITE", "")]
    [InlineData("S3_1_2_13 headers without brackets", "REGISTER sip:example.com SIP/2.0", null, null, null, "1 REGISTER", "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E")]
    [InlineData("S3_1_2_14 spaces in addr-spec", "OPTIONS sip:user@example.org SIP/2.0", null, "\"Watson, Thomas\" < sip:t.watson@example.org >", null, "1 OPTIONS", "")]
    [InlineData("S3_1_2_15 display name", "OPTIONS sip:t.watson@example.org SIP/2.0", null, null, "Bell, Alexander <sip:a.g.bell@example.com>;tag=43", "1 OPTIONS", "")]
    [InlineData("S3_1_2_17 methods differ", "OPTIONS sip:user@example.com SIP/2.0", null, null, null, "8 INVITE", "")]
    [InlineData("S3_3_8 several From", "INVITE sip:user@example.com SIP/2.0", null, null, null, "1 INVITE", "From: sip:other@example.com;tag=2")]
    [InlineData("S3_3_9 several lengths", "OPTIONS sip:user@example.com SIP/2.0", null, null, null, "1 OPTIONS", "Content-Length: 0\nContent-Length: 5")]
    public void Malformed_requests_are_answered_with_400(string section, string start, string? via, string? to, string? from, string cseq, string headers)
    {
        var result = Parse(Minimal(start, to, from, cseq, via, headers), "");
        Assert.True(result.Message is SipRequest && result.Error is not null && result.Status == 400, $"{section}: {result}");
    }

    [Fact]
    public void S3_1_2_16_another_version_gets_505()
    {
        var result = Parse(Minimal("OPTIONS sip:t.watson@example.org SIP/7.0"), "");
        Assert.IsType<SipRequest>(result.Message);
        Assert.Equal(505, result.Status);
    }

    [Theory]
    [InlineData("SIP/2.0 200 OK", "9292394834772304023312 OPTIONS", "")]
    [InlineData("SIP/2.0 4294967301 better not break the receiver", "1 INVITE", "")]
    [InlineData("SIP/2.0 200 OK", "1 INVITE", "Content-Length: 700")]
    [InlineData("SIP/2.0 99 Low", "1 INVITE", "")]
    public void S3_1_2_5_and_19_malformed_responses_are_dropped(string start, string cseq, string headers)
    {
        var result = Parse(Minimal(start, cseq: cseq, headers: headers), "");
        Assert.False(result.IsGood);
        Assert.Null(result.Message);
    }

    [Fact]
    public void S3_3_1_missing_fields_leave_nothing_to_answer()
    {
        Assert.Null(Parse("INVITE sip:user@example.com SIP/2.0\nCSeq: 193942 INVITE\nVia: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj\nl: 0", "").Message);
        Assert.Null(Parse(Minimal("ACK sip:user@example.com SIP/2.0", cseq: "1 INVITE"), "").Message);
    }

    [Fact]
    public async Task Over_the_wire_a_malformed_request_gets_its_400_and_an_old_one_its_answer()
    {
        await using var peers = await Peers.StartAsync();
        using var wire = new Wire(peers.ServerEndPoint);
        await wire.SendLinesAsync(Minimal("INVITE sip:user@example.com SIP/2.0", to: "\"Mr. J. User <sip:j.user@example.com>", via: $"SIP/2.0/UDP 127.0.0.1:{wire.Port};branch=z9hG4bK1"));
        var response = Assert.IsType<SipResponse>(await ReceiveLooseAsync(wire));
        Assert.Equal(400, response.Status);
        Assert.Contains("To", response.Reason);

        // §3.4.1: an INVITE of RFC 2543 has no branch, and its ACK is matched all the same.
        peers.Application.Serve = (call, _) => call.RejectAsync(486);
        var lines = Minimal("INVITE sip:UserB@example.com SIP/2.0", via: $"SIP/2.0/UDP 127.0.0.1:{wire.Port}", from: "\"BigGuy\" <sip:UserA@example.com>");
        await wire.SendLinesAsync(lines);
        response = await wire.ResponseAsync();
        Assert.Equal(486, response.Status);
        await wire.SendLinesAsync(lines.Replace("INVITE", "ACK").Replace("To: <sip:bob@example.com>", "To: " + response.Headers["To"]));
        await wire.SendAsync(wire.Request("OPTIONS", "next"));
        SipResponse next;
        do
            next = await wire.ResponseAsync();
        while (next.CSeq!.Value.Method != "OPTIONS");
        Assert.Equal(200, next.Status);
    }

    // The To that is echoed is as broken as it came, so the reader of this test is more lenient than the parser.
    private static async Task<SipMessage> ReceiveLooseAsync(Wire wire)
    {
        var octets = await wire.ReceiveOctetsAsync();
        var first = Encoding.UTF8.GetString(octets).Split("\r\n", 2)[0];
        return new SipResponse(int.Parse(first.Split(' ')[1]), first[12..]);
    }

    private static string Minimal(string start, string? to = null, string? from = null, string? cseq = null, string? via = null, string headers = "") =>
        $"{start}\nVia: {via ?? "SIP/2.0/UDP host.example.com;branch=z9hG4bKkdjuw"}\n{(headers.Contains("Max-Forwards", StringComparison.Ordinal) ? "" : "Max-Forwards: 70\n")}"
        + $"From: {from ?? "<sip:caller@example.net>;tag=93"}\nTo: {to ?? "<sip:bob@example.com>"}\nCall-ID: torture.1\n"
        + $"CSeq: {cseq ?? "1 " + start.Split(' ')[0]}\n{headers}".TrimEnd('\n');

    private static SipParseResult Parse(string lines, string body) => SipParser.Parse(Encoding.UTF8.GetBytes(
        lines.ReplaceLineEndings("\r\n").Replace("\\␇", "\\\u0007").Replace("\\␀", "\\\u0001").Replace("\\␡", "\\\u007f") + "\r\n\r\n" + body));

    private static T Good<T>(string lines, string body = "") where T : SipMessage
    {
        var result = Parse(lines, body);
        Assert.True(result.IsGood, result.Error);
        return Assert.IsType<T>(result.Message);
    }
}
