using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests.Torture;

/// <summary>What those documents leave out: each breaks or stretches one rule in a message that is right otherwise.</summary>
internal static class FurtherMessages
{
    private const string Good = """
        OPTIONS sip:bob@um.example.test SIP/2.0
        Via: SIP/2.0/UDP pc33.example.test;branch=z9hG4bK776asdhds
        Max-Forwards: 70
        To: Bob <sip:bob@example.test>
        From: Alice <sip:alice@example.test>;tag=1928301774
        Call-ID: a84b4c76e66710@pc33.example.test
        CSeq: 314159 OPTIONS
        Contact: <sip:alice@pc33.example.test>
        Content-Length: 0
        """;

    public static IEnumerable<TortureMessage> Messages =>
    [
        .. Stretched, .. Broken, .. OfOtherKinds, .. Streams, .. Nobodys,
    ];

    // Each is well formed and must be served.
    private static IEnumerable<TortureMessage> Stretched =>
    [
        Served("compact forms", "RFC 3261 §7.3.3", "Via:", "v:", "To:", "t:", "From:", "f:", "Call-ID:", "i:", "Contact:", "m:", "Content-Length:", "l:"),
        Served("compact forms in capitals", "RFC 3261 §7.3.1", "Via:", "V:", "To:", "T:", "From:", "F:", "Call-ID:", "I:", "Contact:", "M:"),
        Served("names in any case", "RFC 3261 §7.3.1", "Via:", "vIA:", "Max-Forwards:", "MAX-forwards:", "Call-ID:", "CALL-id:", "CSeq:", "cseq:", "Content-Length:", "CONTENT-LENGTH:"),
        Served("space before the colons", "RFC 3261 §7.3.1", "Via:", "Via :", "To:", "To\t:", "CSeq:", "CSeq   :"),
        Served("no space after the colons", "RFC 3261 §7.3.1", ": ", ":"),
        Served("folds everywhere", "RFC 3261 §7.3.1", ": ", ":\n ", ";tag=", "\n\t;\n tag\n =\n  ", ";branch=", ";\n\tbranch =\n "),
        Served("tabs", "RFC 3261 §25.1", "CSeq: 314159 OPTIONS", "CSeq:\t314159\tOPTIONS", "Bob <", "Bob\t<"),
        Served("version in lower case", "RFC 3261 §7.1", "SIP/2.0\nVia", "sip/2.0\nVia"),
        Served("protocol of Via in lower case", "RFC 3261 §7.3.1", "SIP/2.0/UDP", "sip/2.0/udp"),
        Served("space in Via", "RFC 3261 §25.1", "SIP/2.0/UDP pc33.example.test;branch", "SIP / 2.0 / UDP   pc33.example.test : 5060 ; branch"),
        Served("Vias in one line", "RFC 3261 §7.3.1", "776asdhds", "776asdhds, SIP/2.0/TCP p1.example.test;branch=z9hG4bK1 ,\n SIP/2.0/TLS p2.example.test;branch=z9hG4bK2"),
        Served("Vias in lines apart", "RFC 3261 §7.3.1", "Contact:", "Via: SIP/2.0/TCP p1.example.test;branch=z9hG4bK1\nSubject: between\nv: SIP/2.0/TLS p2.example.test\nContact:"),
        Served("unknown transport", "RFC 3261 §20.42", "SIP/2.0/UDP", "SIP/2.0/CARRIER-PIGEON"),
        Served("parameters of Via", "RFC 3261 §20.42", ";branch", ";ttl=16;maddr=224.2.0.1;received=192.0.2.9;unknown;quoted=\"a;b,c\";branch"),
        Served("no branch", "RFC 3261 §17.2.3", ";branch=z9hG4bK776asdhds", ""),
        Served("branch of RFC 2543", "RFC 3261 §17.2.3", "z9hG4bK776asdhds", "1"),
        Served("no tag in From", "RFC 3261 §8.2.6.2, §12.1.1", ";tag=1928301774", ""),
        Served("no Max-Forwards", "RFC 3261 §16.3", "Max-Forwards: 70\n", ""),
        Served("Max-Forwards of 0", "RFC 3261 §8.2", "Forwards: 70", "Forwards: 0"),
        Served("Max-Forwards of 255", "RFC 3261 §20.22", "Forwards: 70", "Forwards: 0255"),
        Served("no Contact", "RFC 3261 §20.1", "Contact: <sip:alice@pc33.example.test>\n", ""),
        Served("several Contacts", "RFC 3261 §20.10", "Contact: <sip:alice@pc33.example.test>", "Contact: \"A, B\" <sip:a,b@h.example.test;x=1>;q=0.7;expires=3600,\n <tel:+1>;q=0.1\nm: sip:c@h.example.test"),
        Served("CSeq of 0", "RFC 3261 §20.16", "314159", "0"),
        Served("the largest CSeq", "RFC 3261 §8.1.1.5", "314159", "2147483647"),
        Served("zeros before numbers", "RFC 3261 §25.1", "CSeq: 314159", "CSeq: 0000314159", "Length: 0", "Length: 0000"),
        Served("comma and semicolon in a quoted name", "RFC 3261 §20.10", "Alice <", "\"Alice; A., <a@b>\" <"),
        Served("escapes in a quoted name", "RFC 3261 §25.1", "Alice <", "\"\\\"Al\\\\ice\\\"\" <"),
        Served("empty quoted name", "RFC 3261 §25.1", "Alice <", "\"\" <"),
        Served("letters beyond ASCII in a quoted name", "RFC 3261 §25.1", "Alice <", "\"Ålice Ωμέγα 大\" <"),
        Served("comma, question mark and semicolon in brackets", "RFC 3261 §20.10", "<sip:alice@example.test>", "<sip:al,ice;day=tuesday@example.test;x=y?subject=project%20x&priority=urgent>"),
        Served("bare address", "RFC 3261 §20.10", "Bob <sip:bob@example.test>", "sip:bob@example.test;user=phone"),
        Served("tel URIs", "RFC 3966", "<sip:alice@example.test>", "<tel:+1-201-555-0123;isub=1411;ext=22>", "Bob <sip:bob@example.test>", "tel:7042;phone-context=example.test"),
        Served("tel Request-URI", "RFC 3261 §8.2.2.1", "OPTIONS sip:bob@um.example.test", "OPTIONS tel:+1-201-555-0123"),
        Served("scheme in capitals", "RFC 3261 §19.1.4", "OPTIONS sip:", "OPTIONS SIP:"),
        Served("user and password", "RFC 3261 §19.1.1", "OPTIONS sip:bob@", "OPTIONS sip:bob:se%20cret&=+$,@"),
        Served("no user", "RFC 3261 §19.1.1", "OPTIONS sip:bob@", "OPTIONS sip:"),
        Served("every mark in a user", "RFC 3261 §25.1", "OPTIONS sip:bob@", "OPTIONS sip:-_.!~*'()&=+$,;?/%00%E2%82%AC@"),
        Served("parameters of a URI", "RFC 3261 §19.1.1", "um.example.test SIP", "um.example.test:5060;transport=udp;lr;maddr=[::1];x-%41=[/:&+$] SIP"),
        Served("host with a dot at its end", "RFC 3261 §25.1", "um.example.test SIP", "um.example.test. SIP"),
        Served("IPv6 everywhere", "RFC 3261 §19.1.1", "um.example.test SIP", "[2001:db8::10] SIP", "pc33.example.test;branch", "[2001:db8::9:1]:5070;branch", "<sip:alice@pc33", "<sip:alice@[::1]>,<sip:alice@pc33"),
        Served("characters of a Call-ID", "RFC 3261 §25.1", "a84b4c76e66710@pc33.example.test", "-.!%*_+`'~()<>:\\\"/[]?{}@x"),
        Served("unknown header fields", "RFC 3261 §8.2.2", "Contact:", "X-Unknown: ;;,,\"\nx.y!z: \nContact:"),
        Served("empty header fields", "RFC 3261 §7.3.1", "Contact:", "Subject:\nSupported:\nOrganization: \nContact:"),
        Served("a fold that is blank", "RFC 3261 §25.1", "Contact:", "Subject: a\n ␠\n b\nContact:"),
        Served("unknown Supported", "RFC 3261 §20.37", "Contact:", "Supported: nobody, knows,this\nContact:"),
        Served("Proxy-Require is not for us", "RFC 3261 §20.29", "Contact:", "Proxy-Require: anything\nContact:"),
        Served("Date that is none", "RFC 4475 §3.1.2.12", "Contact:", "Date: yesterday\nContact:"),
        Served("the largest Expires", "RFC 3261 §20.19", "Contact:", "Expires: 4294967295\nContact:"),
        Served("Route past us", "RFC 3261 §8.2", "Contact:", "Route: <sip:um.example.test;lr>,\n <sip:p2.example.test;lr>;x\nContact:"),
        Served("Authorization of a foreign scheme", "RFC 4475 §3.3.7", "Contact:", "Authorization: Foo a=b\nContact:"),
        Served("line breaks before the start line", "RFC 3261 §7.5", "OPTIONS sip", "\n\nOPTIONS sip"),
        Served("a body that nobody asked for", "RFC 3261 §11.2", "Content-Length: 0", "Content-Type: text/plain\nContent-Length: 2\n\nab"),
        Served("Identity and the like", "RFC 8224 §4", "Contact:", "y: a.b.c;info=<https://cert.example.test/a.pem>;alg=ES256;ppt=\"shaken\"\nDiversion: ;;;\nPrivacy: ;\nReason:\nContact:"),
    ];

    // Each is malformed and is to be refused with 400.
    private static IEnumerable<TortureMessage> Broken =>
    [
        Refused("no To", "RFC 3261 §8.1.1", "To: Bob <sip:bob@example.test>\n", ""),
        Refused("no From", "RFC 3261 §8.1.1", "From: Alice <sip:alice@example.test>;tag=1928301774\n", ""),
        Refused("no Call-ID", "RFC 3261 §8.1.1", "Call-ID: a84b4c76e66710@pc33.example.test\n", ""),
        Refused("no CSeq", "RFC 3261 §8.1.1", "CSeq: 314159 OPTIONS\n", ""),
        Refused("empty To", "RFC 3261 §20.39", "Bob <sip:bob@example.test>", ""),
        Refused("empty Call-ID", "RFC 3261 §20.8", "a84b4c76e66710@pc33.example.test", ""),
        Refused("Call-ID of two words", "RFC 3261 §20.8", "a84b4c76e66710@", "a84b4c76 e66710@"),
        Refused("two To", "RFC 3261 §7.3.1", "Contact:", "To: <sip:c@example.test>\nContact:"),
        Refused("From, long and compact", "RFC 3261 §7.3.1", "Contact:", "f: <sip:c@example.test>;tag=1\nContact:"),
        Refused("two From in one line", "RFC 3261 §20.20", ";tag=1928301774", ";tag=1928301774, <sip:c@example.test>;tag=2"),
        Refused("two CSeq", "RFC 3261 §7.3.1", "Contact:", "CSeq: 2 OPTIONS\nContact:"),
        Refused("two Call-IDs", "RFC 3261 §7.3.1", "Contact:", "i: b\nContact:"),
        Refused("two Max-Forwards", "RFC 3261 §7.3.1", "Contact:", "Max-Forwards: 70\nContact:"),
        Refused("two Content-Types", "RFC 3261 §7.3.1", "Contact:", "Content-Type: text/plain\nc: text/html\nContact:"),
        Refused("CSeq without number", "RFC 3261 §20.16", "314159 OPTIONS", "OPTIONS"),
        Refused("CSeq without method", "RFC 3261 §20.16", "314159 OPTIONS", "314159"),
        Refused("CSeq below zero", "RFC 3261 §20.16", "314159", "-1"),
        Refused("CSeq of 2^31", "RFC 3261 §8.1.1.5", "314159", "2147483648"),
        Refused("CSeq of 2^32", "RFC 3261 §8.1.1.5", "314159", "4294967296"),
        Refused("CSeq in hexadecimal", "RFC 3261 §25.1", "314159", "0x1F"),
        Refused("CSeq with a method in another case", "RFC 3261 §7.1", "314159 OPTIONS", "314159 options"),
        Refused("Max-Forwards of 256", "RFC 3261 §20.22", "Forwards: 70", "Forwards: 256"),
        Refused("Max-Forwards below zero", "RFC 3261 §20.22", "Forwards: 70", "Forwards: -1"),
        Refused("Max-Forwards in words", "RFC 3261 §20.22", "Forwards: 70", "Forwards: seventy"),
        Refused("Expires below zero", "RFC 3261 §20.19", "Contact:", "Expires: -1\nContact:"),
        Refused("space in the Request-URI", "RFC 3261 §7.1", "sip:bob@", "sip:bob smith@"),
        Refused("broken escape in the Request-URI", "RFC 3261 §25.1", "OPTIONS sip:bob@", "OPTIONS sip:bo%zz@"),
        Refused("escape cut off in the Request-URI", "RFC 3261 §25.1", "OPTIONS sip:bob@", "OPTIONS sip:bob%4@"),
        Refused("Request-URI without host", "RFC 3261 §19.1.1", "sip:bob@um.example.test", "sip:bob@"),
        Refused("Request-URI without scheme", "RFC 3261 §19.1.1", "OPTIONS sip:bob@um.example.test", "OPTIONS bob@um.example.test"),
        Refused("Request-URI with a port beyond 65535", "RFC 3261 §19.1.1", "um.example.test SIP", "um.example.test:65536 SIP"),
        Refused("Request-URI with a port in words", "RFC 3261 §19.1.1", "um.example.test SIP", "um.example.test:sip SIP"),
        Refused("Request-URI with an open bracket", "RFC 5118 §4.2", "um.example.test SIP", "[2001:db8::10 SIP"),
        Refused("Request-URI with a scope", "RFC 3261 §25.1", "um.example.test SIP", "[fe80::1%25eth0] SIP"),
        Refused("Request-URI with an empty parameter", "RFC 3261 §25.1", "um.example.test SIP", "um.example.test;;lr SIP"),
        Refused("two spaces in the request line", "RFC 3261 §7.1", "OPTIONS sip", "OPTIONS  sip"),
        Refused("tab in the request line", "RFC 3261 §7.1", "OPTIONS sip:bob@um.example.test SIP/2.0", "OPTIONS sip:bob@um.example.test\tSIP/2.0"),
        Refused("no version", "RFC 3261 §7.1", "um.example.test SIP/2.0", "um.example.test"),
        Refused("half a version", "RFC 3261 §7.1", "um.example.test SIP/2.0", "um.example.test SIP/2"),
        Refused("version in letters", "RFC 3261 §7.1", "um.example.test SIP/2.0", "um.example.test SIP/2.0b"),
        Refused("something behind the version", "RFC 3261 §7.1", "um.example.test SIP/2.0", "um.example.test SIP/2.0 now"),
        Refused("quote that is not closed", "RFC 3261 §25.1", "Alice <", "\"Alice <"),
        Refused("bracket that is not closed", "RFC 3261 §20.10", "alice@example.test>", "alice@example.test"),
        Refused("bracket that is not open", "RFC 3261 §20.10", "Bob <sip", "Bob sip"),
        Refused("name behind the address", "RFC 3261 §20.10", "Bob <sip:bob@example.test>", "<sip:bob@example.test> Bob"),
        Refused("comma in a bare name", "RFC 3261 §20.10", "Alice <", "Alice, A <"),
        Refused("colon in a bare name", "RFC 3261 §25.1", "Alice <", "Alice: A <"),
        Refused("question mark in a bare address", "RFC 3261 §20.10", "Bob <sip:bob@example.test>", "sip:bob@example.test?subject=x"),
        Refused("empty parameter of To", "RFC 3261 §25.1", "<sip:bob@example.test>", "<sip:bob@example.test>;;x"),
        Refused("parameter without value behind its sign", "RFC 3261 §25.1", "tag=1928301774", "tag="),
        Refused("Via of another version", "RFC 3261 §20.42", "SIP/2.0/UDP", "SIP/3.0/UDP"),
        Refused("Via without transport", "RFC 3261 §20.42", "SIP/2.0/UDP pc33", "SIP/2.0 pc33"),
        Refused("Via without host", "RFC 3261 §20.42", "UDP pc33.example.test;branch", "UDP ;branch"),
        Refused("Via with a port beyond 65535", "RFC 3261 §20.42", "pc33.example.test;branch", "pc33.example.test:99999;branch"),
        Refused("Via with a bare IPv6 address", "RFC 5118 §4.2", "pc33.example.test;branch", "2001:db8::9:1;branch"),
        Refused("Via with a comma too many", "RFC 3261 §20.42", "776asdhds", "776asdhds,"),
        Refused("Contact of * outside REGISTER", "RFC 3261 §20.10", "Contact: <sip:alice@pc33.example.test>", "Contact: *"),
        Refused("Contact that is no address", "RFC 3261 §20.10", "Contact: <sip:alice@pc33.example.test>", "Contact: somewhere"),
        Refused("Route that is no address", "RFC 3261 §20.34", "Contact:", "Route: <>\nContact:"),
        Refused("header field without colon", "RFC 3261 §7.3.1", "Contact:", "Hello there\nContact:"),
        Refused("space in the name of a header field", "RFC 3261 §7.3.1", "Contact:", "Hello there: x\nContact:"),
        Refused("header field without name", "RFC 3261 §7.3.1", "Contact:", ": x\nContact:"),
        Refused("fold behind the start line", "RFC 3261 §7.3.1", "SIP/2.0\nVia", "SIP/2.0\n folded: x\nVia"),
        Refused("octets that are not UTF-8", "RFC 3261 §7", "Contact:", "Subject: a�b\nContact:"),
        Refused("bare NUL", "RFC 3261 §25.1", "Contact:", "Subject: a␀b\nContact:"),
        Refused("bare CR", "RFC 3261 §25.1", "Contact:", "Subject: a␍b\nContact:"),
        Refused("too many header fields", "RFC 3261 §21.4.1", "Content-Length", string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: x\n")) + "Content-Length"),
        Refused("a header field too long", "RFC 3261 §21.4.1", "Contact:", $"Subject: {new string('x', SipLimits.MaxHeaderLineOctets)}\nContact:"),
    ];

    private static IEnumerable<TortureMessage> OfOtherKinds =>
    [
        With("version 3.0", "RFC 3261 §21.5.6", [505], "SIP/2.0\nVia", "SIP/3.0\nVia"),
        With("version 1.0", "RFC 3261 §21.5.6", [505], "SIP/2.0\nVia", "SIP/1.0\nVia"),
        With("version 2.10", "RFC 3261 §21.5.6", [505], "SIP/2.0\nVia", "SIP/2.10\nVia"),
        With("unknown method", "RFC 3261 §21.5.2", [501], "OPTIONS", "FROBNICATE"),
        With("known method in lower case", "RFC 3261 §7.1", [501], "OPTIONS", "options"),
        With("known method that nobody serves", "RFC 3261 §21.4.6", [405], "OPTIONS", "PUBLISH"),
        With("Request-URI of another scheme", "RFC 3261 §8.2.2.1", [416], "OPTIONS sip:bob@um.example.test", "OPTIONS https://um.example.test/"),
        With("Require in two lines", "RFC 3261 §8.2.2.3", [420], "Contact:", "Require: one\nRequire: two, three\nContact:"),
        With("a dialog that is not there", "RFC 3261 §12.2.2", [481], "<sip:bob@example.test>", "<sip:bob@example.test>;tag=gone"),
        With("BYE outside a dialog", "RFC 3261 §15.1.2", [481], "OPTIONS", "BYE"),
        With("CANCEL of nothing", "RFC 3261 §9.2", [481], "OPTIONS", "CANCEL"),
        With("coded body", "RFC 3261 §8.2.3", [415], "Content-Length: 0", "Content-Type: application/sdp\ne: gzip\nContent-Length: 2\n\nab"),
        With("INVITE with a body of no type", "RFC 3261 §8.2.3", [415], "OPTIONS", "INVITE", "Content-Length: 0", "Content-Length: 2\n\nab"),
        With("INVITE with a body that is not insisted on", "RFC 3261 §20.11", [486], "OPTIONS", "INVITE", "Content-Length: 0", "Content-Type: text/plain\nContent-Disposition: render;handling=optional\nContent-Length: 2\n\nab"),
        With("INVITE that accepts nothing", "RFC 3261 §20.1", [406], "OPTIONS", "INVITE", "Contact:", "Accept:\nContact:"),
        With("INVITE of RFC 2543", "RFC 3261 §17.2.3", [486], "OPTIONS", "INVITE", ";branch=z9hG4bK776asdhds", "", ";tag=1928301774", "", "Max-Forwards: 70\n", ""),
        With("REGISTER of a telephone book", "RFC 3261 §10.3", [400], "OPTIONS", "REGISTER", "Bob <sip:bob@example.test>", "tel:+1-201-555-0123"),
        With("REGISTER with Contact of *", "RFC 3261 §10.2.2", [200], "OPTIONS", "REGISTER", "<sip:alice@pc33.example.test>", "*\nExpires: 0"),
        With("REGISTER with Contact of * and another", "RFC 3261 §10.3", [400], "OPTIONS", "REGISTER", "<sip:alice@pc33.example.test>", "*, <sip:alice@pc33.example.test>\nExpires: 0"),
    ];

    // Where the frame of the message is what is wrong, a stream fares otherwise than a datagram.
    private static IEnumerable<TortureMessage> Streams =>
    [
        With("no Content-Length", "RFC 3261 §18.3, §20.14", [200], "Content-Length: 0", "Subject: none") with { StreamStatuses = [400], EndsStream = true },
        With("Content-Length in words", "RFC 4475 §3.1.2.3", [400], "Length: 0", "Length: five") with { EndsStream = true },
        With("Content-Length with a sign", "RFC 3261 §25.1", [400], "Length: 0", "Length: +0") with { EndsStream = true },
        With("Content-Length of two numbers", "RFC 3261 §20.14", [400], "Length: 0", "Length: 0, 0") with { EndsStream = true },
        With("Content-Length beyond every limit", "RFC 3261 §20.14", [400], "Length: 0", "Length: 99999999999999999999") with { EndsStream = true },
        With("Content-Length beyond ours", "RFC 3261 §18.3", [400], "Length: 0", "Length: 70000") with { EndsStream = true },
        With("Content-Length, long and compact", "RFC 3261 §7.3.3", [400], "Length: 0", "Length: 0\nl: 0") with { EndsStream = true },
        With("datagram longer than its message", "RFC 3261 §18.3", [200], "Length: 0", "Length: 0\n\nINV"),
        With("datagram shorter than its message", "RFC 3261 §18.3", [400], "Length: 0", "Length: 100") with { StreamStatuses = [] },
    ];

    // There is nobody who could make use of an answer.
    private static IEnumerable<TortureMessage> Nobodys =>
    [
        With("no Via", "RFC 3261 §18.2.2", [], "Via: SIP/2.0/UDP pc33.example.test;branch=z9hG4bK776asdhds\n", ""),
        With("ACK of nothing", "RFC 3261 §17.1.1.2", [], "OPTIONS", "ACK"),
        With("malformed ACK", "RFC 3261 §17.1.1.2", [], "OPTIONS", "ACK", "314159 ", "x "),
        Response("to no request of ours", "RFC 3261 §18.1.2", "SIP/2.0 200 OK"),
        Response("with a status below 100", "RFC 3261 §7.2", "SIP/2.0 099 Low"),
        Response("with a status above 699", "RFC 3261 §7.2", "SIP/2.0 700 High"),
        Response("with a status of two digits", "RFC 3261 §7.2", "SIP/2.0 20 OK"),
        Response("with a status of letters", "RFC 3261 §7.2", "SIP/2.0 2OO OK"),
        Response("of another version", "RFC 3261 §7.2", "SIP/3.0 200 OK"),
        Response("with a long phrase", "RFC 3261 §7.2", "SIP/2.0 200 " + new string('é', 4_000)),
        With("a request of the web", "RFC 3261 §7.1", [], Good, "GET / HTTP/1.1\nHost: um.example.test\nContent-Length: 0"),
        With("nothing but a number", "RFC 3261 §7", [], Good, "12345\nl: 0"),
        With("line ends of CR", "RFC 3261 §7", [], "\n", "␍") with { EndsStream = true },
        With("line ends of LF", "RFC 3261 §7", [], "\n", "␊") with { EndsStream = true },
    ];

    private static TortureMessage Served(string name, string place, params string[] changes) => With(name, place, [200], changes) with { Reads = _ => { } };

    private static TortureMessage Refused(string name, string place, params string[] changes) => With(name, place, [400], changes);

    private static TortureMessage Response(string name, string place, string line) =>
        With("response " + name, place, [], "OPTIONS sip:bob@um.example.test SIP/2.0", line);

    /// <summary>The good message with each first text replaced by the second.</summary>
    private static TortureMessage With(string name, string place, int[] statuses, params string[] changes)
    {
        var lines = Good.ReplaceLineEndings("\n");
        foreach (var change in changes.Chunk(2))
        {
            Assert.Contains(change[0].ReplaceLineEndings("\n"), lines);
            lines = lines.Replace(change[0].ReplaceLineEndings("\n"), change[1]);
        }
        return TortureMessage.Of(name, place, lines, "", statuses);
    }
}
