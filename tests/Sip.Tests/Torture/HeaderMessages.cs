using static UnifiedMsg.Sip.Tests.Torture.Variations;

namespace UnifiedMsg.Sip.Tests.Torture;

/// <summary>Header fields that are odd, missing, doubled or at odds with each other (RFC 3261 §7.3, §20).</summary>
internal static class HeaderMessages
{
    private const string Uuid = "00000000-0000-1000-8000-AABBCCDDEEFF";

    public static IEnumerable<TortureMessage> Messages => [.. Odd, .. Numbers, .. Doubled, .. Demanded];

    // None of these fields is ours to act upon: RFC 3261 §8.2.2, a UAS ignores what is malformed in fields that it does not need.
    private static IEnumerable<TortureMessage> Odd =>
    [
        Served("every compact form", "RFC 3261 §7.3.3", "Contact:", "k: timer\ns: x\nu: presence\no: presence\nx: 1800\nb: <sip:c@example.test>\nr: <sip:d@example.test>\na: *\nj: *\nd: fork\nn: x\ny: x\nm:"),
        Served("a compact form that nobody has", "RFC 3261 §8.2.2", "Contact:", "q: x\nz:\nContact:"),
        Served("names of every character of a token", "RFC 3261 §25.1", "Contact:", "-.!%*_+`'~X0: x\nContact:"),
        Served("names that are numbers", "RFC 3261 §25.1", "Contact:", "4711: x\nContact:"),
        Served("names that begin like others", "RFC 3261 §7.3.1", "Contact:", "Via2: x\nToo: x\nFromage: x\nCSeqs: x\nContent-Lengths: 9\nContact:"),
        Served("values of nothing but separators", "RFC 3261 §25.1", "Contact:", "X: \"\nY: <\nZ: ,;=()[]{}\\/\"\nContact:"),
        Served("tabs and spaces behind values", "RFC 3261 §25.1", "70\n", "70 \t \n", "OPTIONS\nContact", "OPTIONS\t\t\nContact"),
        Served("fields in the reverse order", "RFC 3261 §7.3.1", "Max-Forwards: 70\n", "", "Contact: <sip:alice@pc33.example.test>\nContent-Length: 0", "Content-Length: 0\nContact: <sip:alice@pc33.example.test>\nMax-Forwards: 70"),
        Served("Dates that are none", "RFC 3261 §20.17", "Contact:", "Date: Sat, 32 Foo 2010 25:61:61 GMT\nContact:"),
        Served("a Date without zone", "RFC 3261 §20.17", "Contact:", "Date: 2026-11-27T13:00:00\nContact:"),
        Served("Timestamp with a delay", "RFC 3261 §20.38", "Contact:", "Timestamp: 54.8 0.1\nContact:"),
        Served("Timestamp that is none", "RFC 3261 §20.38", "Contact:", "Timestamp: now\nContact:"),
        Served("Warning that is none", "RFC 3261 §20.43", "Contact:", "Warning: 99999 x\nContact:"),
        Served("Retry-After in a request", "RFC 3261 §20.33", "Contact:", "Retry-After: -1\nContact:"),
        Served("Reply-To that is no address", "RFC 3261 §20.31", "Contact:", "Reply-To: nobody\nContact:"),
        Served("Alert-Info of local tones", "RFC 7462 §3", "Contact:", "Alert-Info: <urn:alert:service:call-waiting>;x, <file://ring.wav>\nAlert-Info: Bellcore-dr3\nContact:"),
        Served("Call-Info that is none", "RFC 3261 §20.9", "Contact:", "Call-Info: answer-after=0\nContact:"),
        Served("Priority that nobody has", "RFC 3261 §20.26", "Contact:", "Priority: whenever\nContact:"),
        Served("In-Reply-To and others of the rarer fields", "RFC 3261 §20", "Contact:", "In-Reply-To: a@b, c@d\nOrganization:  \nMIME-Version: 9.9\nContent-Language: ☃\nError-Info: x\nServer: (\nContact:"),
        Served("Subject in every script", "RFC 3261 §20.36", "Contact:", "Subject: Ünïcödé Ωμέγα 大停電 📞\nContact:"),
        Served("User-Agent with comments that never close", "RFC 3261 §20.41", "Contact:", "User-Agent: A/1.0 (b (c \\) d\nContact:"),
        Served("identities that are none", "RFC 3325 §9.1", "Contact:", "P-Asserted-Identity: <<>>\nP-Preferred-Identity: ;\nRemote-Party-ID: \"\nContact:"),
        Served("fields of a mobile network", "RFC 7315 §5", "Contact:", "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=234151D0FCE11\nP-Visited-Network-ID: \"x\"\nP-Charging-Vector: icid-value=1\nSecurity-Client: x\nContact:"),
        Served("History-Info that is none", "RFC 7044 §5", "Contact:", "History-Info: <sip:x@y>;index=, ;;\nContact:"),
        Served("Event and Session-Expires where they mean nothing", "RFC 6665 §8.2.1", "Contact:", "Event: ;;;\nSession-Expires: soon\nMin-SE: x\nRAck: x\nRSeq: x\nReplaces: x\nRefer-To: x\nSubscription-State: x\nReason: ;\nContact:"),
        Served("Authorization of nothing", "RFC 3261 §22.4", "Contact:", "Authorization: Digest\nProxy-Authorization: Digest username=\nAuthorization: Basic QWxhZGRpbg==\nContact:"),
        Served("Via far below", "RFC 3261 §7.3.1", "Via: SIP/2.0/UDP pc33.example.test;branch=z9hG4bK776asdhds\n", "", "Content-Length: 0", "Content-Length: 0\nVia: SIP/2.0/UDP pc33.example.test;branch=z9hG4bK776asdhds"),
        Served("Record-Route and Path of proxies", "RFC 3261 §20.30", "Contact:", "Record-Route: <sip:p1.example.test;lr>,<sip:p2.example.test;transport=tcp;lr=on;ftag=1>;x=y\nPath: ;\nContact:"),
        Served("Call-ID with equals signs", "RFC 3261 §20.8", "a84b4c76e66710@", "YTg0YjRjNzZlNjY3MTA==@"),
        Served("Call-ID of 300 characters", "RFC 3261 §20.8", "a84b4c76e66710@", new string('c', 300) + "@"),
        Served("a line of a mail", "RFC 3261 §7.3.1", "Contact:", "Received: from a by b; 1 Jan 2026\nContent-Transfer-Encoding: binary\nContact:"),
    ];

    private static IEnumerable<TortureMessage> Numbers =>
    [
        Served("fold within CSeq", "RFC 3261 §20.16", "CSeq: 314159 OPTIONS", "CSeq:\n 314159\n\tOPTIONS"),
        Served("many zeros before a CSeq", "RFC 3261 §25.1", "314159", new string('0', 60) + "1"),
        Refused("CSeq without space", "RFC 3261 §20.16", "314159 OPTIONS", "314159OPTIONS"),
        Refused("CSeq the wrong way round", "RFC 3261 §20.16", "314159 OPTIONS", "OPTIONS 314159"),
        Refused("CSeq with a fraction", "RFC 3261 §20.16", "314159 O", "3.14 O"),
        Refused("CSeq with a sign", "RFC 3261 §20.16", "314159 O", "+1 O"),
        Refused("CSeq with a parameter", "RFC 3261 §20.16", "314159 OPTIONS", "314159 OPTIONS;x"),
        Refused("CSeq with three words", "RFC 3261 §20.16", "314159 OPTIONS", "1 314159 OPTIONS"),
        Refused("CSeq of digits that are not ASCII", "RFC 3261 §25.1", "314159", "٣١٤"),
        Refused("CSeq broken by a fold", "RFC 3261 §7.3.1", "314159 OPTIONS", "314159 OPT\n IONS"),
        Refused("empty CSeq", "RFC 3261 §20.16", "314159 OPTIONS", ""),
        Refused("empty Max-Forwards", "RFC 3261 §20.22", "Forwards: 70", "Forwards:"),
        Refused("Max-Forwards of two", "RFC 3261 §20.22", "Forwards: 70", "Forwards: 70, 69"),
        Refused("Max-Forwards in hexadecimal", "RFC 3261 §20.22", "Forwards: 70", "Forwards: 0x46"),
        Refused("Max-Forwards beyond every number", "RFC 3261 §20.22", "Forwards: 70", "Forwards: 99999999999999999999999"),
        Refused("Expires in words", "RFC 3261 §20.19", "Contact:", "Expires: never\nContact:"),
        Refused("Expires of 2^32", "RFC 3261 §20.19", "Contact:", "Expires: 4294967296\nContact:"),
        With("hops used up, in a call", "RFC 3261 §8.2", [486], "OPTIONS", "INVITE", "Forwards: 70", "Forwards: 0"),
    ];

    private static IEnumerable<TortureMessage> Doubled =>
    [
        Refused("two equal To", "RFC 3261 §7.3.1", "From:", "To: Bob <sip:bob@example.test>\nFrom:"),
        Refused("two equal CSeq", "RFC 3261 §7.3.1", "Contact:", "CSeq: 314159 OPTIONS\nContact:"),
        Refused("two Expires", "RFC 3261 §7.3.1", "Contact:", "Expires: 1\nExpires: 2\nContact:"),
        Refused("two Events", "RFC 3261 §7.3.1", "Contact:", "Event: presence\no: dialog\nContact:"),
        Refused("two equal Content-Types", "RFC 3261 §7.3.1", "Contact:", "c: text/plain\nContent-Type: text/plain\nContact:"),
        Refused("empty To beside a good one", "RFC 3261 §7.3.1", "From:", "t:\nFrom:"),
        Refused("no header field at all but Via", "RFC 3261 §8.1.1", Good[Good.IndexOf("Max-Forwards", StringComparison.Ordinal)..].ReplaceLineEndings("\n"), "Content-Length: 0"),
    ];

    private static IEnumerable<TortureMessage> Demanded =>
    [
        Served("nothing is demanded", "RFC 3261 §20.32", "Contact:", "Require:\nProxy-Require:\nContact:"),
        Served("what we know is demanded", "RFC 3261 §8.2.2.3", "Contact:", "Require: 100REL,Timer , replaces\nContact:"),
        With("one of three demands is known", "RFC 3261 §8.2.2.3", [420], "Contact:", "Require: timer, nothingWeKnow;x=y, 100rel\nContact:"),
        With("a demand in odd letters", "RFC 3261 §8.2.2.3", [420], "Contact:", "rEQUIRE:\n  nothing.We-Know!%*_+`'~\nContact:"),
        With("90 demands", "RFC 3261 §8.2.2.3", [420], "Contact:", $"Require: {string.Join(',', Enumerable.Repeat("timer", 89))},nothingWeKnow\nContact:"),
        With("more demands than we read", "RFC 3261 §21.5.14", [513], "Contact:", $"Require: {string.Join(',', Enumerable.Repeat("timer", 119))},nothingWeKnow\nContact:"),
        With("a demand in MESSAGE", "RFC 3261 §8.2.2.3", [420], "OPTIONS", "MESSAGE", "Contact:", "Require: nothingWeKnow\nContact:"),
        With("a demand in SUBSCRIBE", "RFC 3261 §8.2.2.3", [420], "OPTIONS", "SUBSCRIBE", "Contact:", "Event: presence\nRequire: nothingWeKnow\nContact:"),
        With("a demand in REFER", "RFC 3261 §8.2.2.3", [420], "OPTIONS", "REFER", "Contact:", "Refer-To: <sip:c@example.test>\nRequire: nothingWeKnow\nContact:"),
        With("a demand in CANCEL means nothing", "RFC 3261 §8.2.2.3", [481], "OPTIONS", "CANCEL", "Contact:", "Require: nothingWeKnow\nContact:"),
        With("a demand in ACK means nothing", "RFC 3261 §8.2.2.3", [], "OPTIONS", "ACK", "Contact:", "Require: nothingWeKnow\nContact:"),
        With("an unknown method before an unknown demand", "RFC 3261 §8.2", [501], "OPTIONS", "FROBNICATE", "Contact:", "Require: nothingWeKnow\nContact:"),
        With("an unknown scheme before an unknown demand", "RFC 3261 §8.2", [416], "OPTIONS sip:bob@um.example.test", "OPTIONS urn:x:y", "Contact:", "Require: nothingWeKnow\nContact:"),
        With("registration by flows", "RFC 5626 §4.2.1", [200], "OPTIONS", "REGISTER", "<sip:alice@pc33.example.test>", $"<sip:alice@pc33.example.test;transport=tcp;ob>;reg-id=1;+sip.instance=\"<urn:uuid:{Uuid}>\"\nSupported: path, outbound"),
    ];
}
