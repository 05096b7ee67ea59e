using UnifiedMsg.Sip.Messages;
using static UnifiedMsg.Sip.Tests.Torture.Variations;

namespace UnifiedMsg.Sip.Tests.Torture;

/// <summary>The grammar of RFC 3261 §25.1 at its corners: start lines, names, addresses, URIs and Via, as devices write them and as nobody should.</summary>
internal static class GrammarMessages
{
    private const string To = "Bob <sip:bob@example.test>";
    private const string From = "Alice <sip:alice@example.test>;tag=1928301774";
    private const string Contact = "Contact: <sip:alice@pc33.example.test>";
    private const string Uri = "OPTIONS sip:bob@um.example.test";
    private const string Via = "SIP/2.0/UDP pc33.example.test;branch=z9hG4bK776asdhds";

    public static IEnumerable<TortureMessage> Messages => [.. StartLines, .. Addresses, .. BadAddresses, .. Uris, .. BadUris, .. Vias, .. BadVias];

    private static IEnumerable<TortureMessage> StartLines =>
    [
        Served("zeros in the version", "RFC 3261 §7.1, RFC 2616 §3.1", "SIP/2.0\nVia", "SIP/02.00\nVia"),
        With("zeros before another version", "RFC 3261 §21.5.6", [505], "SIP/2.0\nVia", "SIP/003.0\nVia"),
        Refused("space before the method", "RFC 3261 §7.1", "OPTIONS sip", " OPTIONS sip"),
        Refused("method that is no token", "RFC 3261 §25.1", "OPTIONS sip", "OPT{IONS sip"),
        Refused("method in quotes", "RFC 3261 §25.1", "OPTIONS sip", "\"OPTIONS\" sip"),
        Refused("method with letters beyond ASCII", "RFC 3261 §25.1", "OPTIONS sip", "ÖPTIONS sip"),
        Refused("colon behind the method", "RFC 3261 §7.1", "OPTIONS sip", "OPTIONS: sip"),
        Refused("Request-URI in brackets", "RFC 3261 §7.1", "sip:bob@um.example.test", "<sip:bob@um.example.test>"),
        Refused("no Request-URI", "RFC 3261 §7.1", "OPTIONS sip:bob@um.example.test SIP", "OPTIONS SIP"),
        Refused("version in front", "RFC 3261 §7.1", "um.example.test SIP/2.0", "um.example.test SIP/2.0 SIP/2.0"),
        Refused("version without name", "RFC 3261 §7.1", "um.example.test SIP/2.0\nVia", "um.example.test SIP/.0\nVia"),
        Refused("version of three numbers", "RFC 3261 §7.1", "SIP/2.0\nVia", "SIP/2.0.1\nVia"),
        Refused("version below zero", "RFC 3261 §7.1", "SIP/2.0\nVia", "SIP/-2.0\nVia"),
        Refused("NUL in the Request-URI", "RFC 3261 §25.1", Uri, "OPTIONS sip:b␀b@um.example.test"),
        Refused("CR in the request line", "RFC 3261 §7.1", Uri, "OPTIONS sip:b␍b@um.example.test"),
        Refused("octets that are not UTF-8 in the Request-URI", "RFC 3261 §25.1", Uri, "OPTIONS sip:b�b@um.example.test"),
    ];

    private static IEnumerable<TortureMessage> Addresses =>
    [
        Served("fold between name and bracket", "RFC 3261 §25.1", "Alice <", "Alice\n\t<"),
        Served("fold inside a quoted name", "RFC 3261 §25.1", "Alice <", "\"Alice\n  Smith\" <"),
        Served("fold between brackets and tag", "RFC 3261 §25.1", ">;tag=", ">\n ;\n tag =\n "),
        Served("quoted name without space before the bracket", "RFC 3261 §25.1", "Alice <", "\"Alice\"<"),
        Served("many words and marks in a bare name", "RFC 3261 §25.1", "Alice <", "Dr. A-l_i+c'e !%*`~ the   2nd <"),
        Served("quoted name that ends in a backslash", "RFC 3261 §25.1", "Alice <", "\"Alice\\\\\" <"),
        Served("quoted name of a quote", "RFC 3261 §25.1", "Alice <", "\"\\\"\" <"),
        Served("quoted name with a bracket that never closes", "RFC 3261 §25.1", "Alice <", "\"<sip:\" <"),
        Served("quoted name of emoji", "RFC 3261 §25.1", "Alice <", "\"📞 Alice 👩‍💻\" <"),
        Served("quoted name from right to left", "RFC 3261 §25.1", "Alice <", "\"\u202eمرحبا\" <"),
        Served("quoted value with brackets behind a bare address", "RFC 3261 §20.20", From, "sip:alice@example.test;tag=1;note=\"<x>\""),
        Served("quoted value with everything behind an address", "RFC 3261 §25.1", From, "<sip:alice@example.test>;x=\"a;b,c<d>@\\\"e\\\\\";tag=1"),
        Served("parameters of From around its tag", "RFC 3261 §20.20", ";tag=1928301774", ";a;b=c;tag=1928301774;d=[::1];e=192.0.2.1"),
        Served("tag of every character of a token", "RFC 3261 §25.1", "1928301774", "-.!%*_+`'~aZ0"),
        Served("tag in capitals", "RFC 3261 §7.3.1", ";tag=", ";TAG="),
        Served("tag of 500 characters", "RFC 3261 §19.3", "1928301774", new string('x', 500)),
        Served("bare address with space before its tag", "RFC 3261 §20.20", From, "sip:alice@example.test   ;   tag=1"),
        Served("From of somebody without a name", "RFC 3261 §8.1.1.3", From, "\"Anonymous\" <sip:c8oqz84zk7z@anonymous.invalid>;tag=hyh8"),
        Served("From of a foreign scheme", "RFC 3261 §8.2.2.1", From, "<mailto:alice@example.test>;tag=1"),
        Served("Contact with a quoted comma in a parameter", "RFC 3261 §7.3.1", Contact, "Contact: <sip:a@h.example.test>;x=\"a, <b\", <sip:b@h.example.test>"),
        Served("Contact of a device that registers by flows", "RFC 5626 §4.1", Contact, "Contact: <sip:alice@pc33.example.test;ob>;reg-id=1;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>\""),
        Served("Contact with feature tags", "RFC 3840 §9", Contact, "Contact: <sip:a@h.example.test>;audio;methods=\"INVITE,BYE\";+sip.rendering=\"no\";mobility=\"!fixed\""),
        Served("Contact of a web page", "RFC 3261 §20.10", Contact, "Contact: <https://example.test/alice?x=y>, <mailto:alice@example.test>"),
    ];

    private static IEnumerable<TortureMessage> BadAddresses =>
    [
        Refused("quoted name whose last quote is escaped", "RFC 3261 §25.1", "Alice <", "\"Alice\\\" <"),
        Refused("two quoted names", "RFC 3261 §25.1", "Alice <", "\"Alice\" \"Smith\" <"),
        Refused("quoted name without brackets", "RFC 3261 §20.10", "Alice <sip:alice@example.test>", "\"Alice\" sip:alice@example.test"),
        Refused("token behind a quoted name", "RFC 3261 §25.1", "Alice <", "\"Alice\" Smith <"),
        Refused("at sign in a bare name", "RFC 3261 §25.1", "Alice <", "alice@example.test <"),
        Refused("address in two pairs of brackets", "RFC 3261 §25.1", "<sip:alice@example.test>", "<<sip:alice@example.test>>"),
        Refused("empty brackets", "RFC 3261 §25.1", "<sip:bob@example.test>", "<>"),
        Refused("two tags in From", "RFC 3261 §7.3.1", ";tag=1928301774", ";tag=1928301774;tag=2"),
        Refused("two tags in To", "RFC 3261 §7.3.1", "<sip:bob@example.test>", "<sip:bob@example.test>;tag=1;TAG=2"),
        Refused("tag with a separator", "RFC 3261 §25.1", "1928301774", "19<28"),
        Refused("tag of two words", "RFC 3261 §25.1", "1928301774", "1928 301774"),
        Refused("parameter without name", "RFC 3261 §25.1", ";tag", ";=x;tag"),
        Refused("quoted value that is not closed", "RFC 3261 §25.1", ";tag=1928301774", ";tag=1;x=\"abc"),
        Refused("separator at the end of From", "RFC 3261 §25.1", "1928301774", "1928301774;"),
        Refused("comma at the end of To", "RFC 3261 §20.39", To, To + ","),
    ];

    private static IEnumerable<TortureMessage> Uris =>
    [
        Served("host in capitals", "RFC 3261 §19.1.4", "um.example.test SIP", "UM.Example.TEST SIP"),
        Served("host of digits and hyphens", "RFC 3261 §25.1", "um.example.test SIP", "3com-1.x--y.example.test SIP"),
        Served("host that is an address", "RFC 3261 §25.1", "um.example.test SIP", "192.0.2.10:5060 SIP"),
        Served("zeros before a port", "RFC 3261 §25.1", "um.example.test SIP", "um.example.test:0005060 SIP"),
        Served("empty password", "RFC 3261 §25.1", Uri, "OPTIONS sip:bob:@um.example.test"),
        Served("telephone number with parameters as user", "RFC 3261 §19.1.6", Uri, "OPTIONS sip:+1-212-555-1212;phone-context=example.test;isub=1:1234@um.example.test;user=phone"),
        Served("user of digits and signs of a keypad", "RFC 3261 §25.1", Uri, "OPTIONS sip:*98%231234@um.example.test"),
        Served("user that is escaped whole", "RFC 3261 §19.1.2", Uri, "OPTIONS sip:%62%6f%62@um.example.test"),
        Served("user that begins with slashes", "RFC 3261 §25.1", Uri, "OPTIONS sip://bob@um.example.test"),
        Served("lr with a value", "RFC 3261 §19.1.1", "um.example.test SIP", "um.example.test;lr=on SIP"),
        Served("transport that nobody has", "RFC 3261 §19.1.1", "um.example.test SIP", "um.example.test;transport=carrier-pigeon SIP"),
        Served("method in the Request-URI", "RFC 3261 §19.1.5", "um.example.test SIP", "um.example.test;method=INVITE SIP"),
        Served("ttl and maddr in the Request-URI", "RFC 3261 §19.1.1", "um.example.test SIP", "um.example.test;maddr=239.255.255.1;ttl=15 SIP"),
        Served("target and cause", "RFC 4458 §2", "um.example.test SIP", "um.example.test;target=sip:alice%40example.test;cause=486 SIP"),
        Served("GRUU", "RFC 5627 §3", "um.example.test SIP", "um.example.test;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6 SIP"),
        Served("IPv6 with every group", "RFC 3261 §25.1", "um.example.test SIP", "[2001:0db8:0000:0000:0008:0800:200C:417A]:5060 SIP"),
        Served("IPv6 of nothing", "RFC 3261 §25.1", "um.example.test SIP", "[::] SIP"),
        Served("telephone number with separators", "RFC 3966 §3", Uri, "OPTIONS tel:+1(201)555-0123"),
        Served("local telephone number", "RFC 3966 §3", Uri, "OPTIONS tel:*71;phone-context=+1-914-555"),
        Served("telephone number with parameters", "RFC 3966 §3", Uri, "OPTIONS tel:+358-555-1234567;postd=pp22;ext=1;x=y"),
        With("Request-URI of a service", "RFC 3261 §8.2.2.1", [416], Uri, "OPTIONS urn:service:sos"),
        With("Request-URI of a mailbox", "RFC 3261 §8.2.2.1", [416], Uri, "OPTIONS mailto:bob@um.example.test"),
        With("Request-URI of presence", "RFC 3261 §8.2.2.1", [416], Uri, "OPTIONS pres:bob@um.example.test"),
        With("Request-URI of a longer scheme that begins like ours", "RFC 3261 §8.2.2.1", [416], Uri, "OPTIONS sipx:bob@um.example.test"),
        With("Request-URI longer than we read", "RFC 3261 §21.4.14", [414], Uri, $"OPTIONS sip:{new string('b', SipLimits.MaxUriOctets)}@um.example.test"),
    ];

    private static IEnumerable<TortureMessage> BadUris =>
    [
        Refused("user of nothing", "RFC 3261 §25.1", Uri, "OPTIONS sip:@um.example.test"),
        Refused("at sign in a user", "RFC 3261 §25.1", Uri, "OPTIONS sip:bob@example.test@um.example.test"),
        Refused("letters beyond ASCII in a user", "RFC 3261 §25.1", Uri, "OPTIONS sip:böb@um.example.test"),
        Refused("letters beyond ASCII in a host", "RFC 3261 §25.1", "um.example.test SIP", "üm.example.test SIP"),
        Refused("port of nothing", "RFC 3261 §25.1", "um.example.test SIP", "um.example.test: SIP"),
        Refused("port below zero", "RFC 3261 §25.1", "um.example.test SIP", "um.example.test:-5060 SIP"),
        Refused("port with a sign", "RFC 3261 §25.1", "um.example.test SIP", "um.example.test:+5060 SIP"),
        Refused("two ports", "RFC 3261 §25.1", "um.example.test SIP", "um.example.test:5060:5060 SIP"),
        Refused("parameter of a URI without name", "RFC 3261 §25.1", "um.example.test SIP", "um.example.test;=x SIP"),
        Refused("quotes in a parameter of a URI", "RFC 3261 §25.1", "um.example.test SIP", "um.example.test;x=\"y\" SIP"),
        Refused("65 parameters of a URI", "RFC 3261 §21.4.1", "um.example.test SIP", $"um.example.test{string.Concat(Enumerable.Range(0, 65).Select(i => $";p{i}"))} SIP"),
        Refused("IPv6 with two gaps", "RFC 3261 §25.1", "um.example.test SIP", "[1::2::3] SIP"),
        Refused("IPv6 with a group too long", "RFC 3261 §25.1", "um.example.test SIP", "[2001:db800::1] SIP"),
        Refused("IPv6 with a group too many", "RFC 3261 §25.1", "um.example.test SIP", "[1:2:3:4:5:6:7:8:9] SIP"),
        Refused("IPv6 with a zone", "RFC 3261 §25.1", "um.example.test SIP", "[fe80::1%eth0] SIP"),
        Refused("IPv6 of a later kind", "RFC 3261 §25.1", "um.example.test SIP", "[v1.fe80::a+en1] SIP"),
        Refused("IPv4 in brackets", "RFC 3261 §25.1", "um.example.test SIP", "[192.0.2.1] SIP"),
        Refused("empty brackets for an address", "RFC 3261 §25.1", "um.example.test SIP", "[] SIP"),
        Refused("something behind the brackets", "RFC 3261 §25.1", "um.example.test SIP", "[::1]x SIP"),
        Refused("zone in a Contact", "RFC 3261 §25.1", "alice@pc33.example.test", "alice@[fe80::1%eth0]"),
        Refused("telephone number of nothing", "RFC 3966 §3", Uri, "OPTIONS tel:"),
        Refused("telephone number of letters", "RFC 3966 §3", Uri, "OPTIONS tel:operator"),
        Refused("scheme that begins with a digit", "RFC 3261 §25.1", Uri, "OPTIONS 1sip:bob@um.example.test"),
        Refused("nothing but a scheme", "RFC 3261 §25.1", Uri, "OPTIONS sip:"),
    ];

    private static IEnumerable<TortureMessage> Vias =>
    [
        Served("space before the parameters of Via", "RFC 3261 §25.1", Via, "SIP/2.0/UDP pc33.example.test:5060 \t;branch=z9hG4bK776asdhds"),
        Served("transport in lower case", "RFC 3261 §7.3.1", "SIP/2.0/UDP", "SIP/2.0/udp"),
        Served("transport of two words", "RFC 4168 §5", "SIP/2.0/UDP", "SIP/2.0/TLS-SCTP"),
        Served("cookie in capitals", "RFC 3261 §7.3.1", "z9hG4bK776", "Z9HG4BK776"),
        Served("parameter names of Via in capitals", "RFC 3261 §7.3.1", ";branch", ";BRANCH"),
        Served("branch of 500 characters", "RFC 3261 §8.1.1.7", "776asdhds", new string('x', 500)),
        Served("keep and alias in Via", "RFC 6223 §4, RFC 5923 §8", ";branch", ";keep;alias;oc;oc-algo=\"loss,A\";branch"),
        Served("70 Vias in lines apart", "RFC 3261 §20.42", "Max-Forwards", string.Concat(Enumerable.Range(1, 69).Select(i => $"v: SIP/2.0/TCP p{i}.example.test;branch=z9hG4bK{i}\n")) + "Max-Forwards"),
        Served("70 Vias in one line", "RFC 3261 §20.42", Via, Via + string.Concat(Enumerable.Range(1, 69).Select(i => $",SIP/2.0/TCP p{i}.example.test;branch=z9hG4bK{i}"))),
        Served("quoted comma in Via", "RFC 3261 §7.3.1", ";branch", ";x=\"a, SIP/2.0/UDP b\";branch"),
    ];

    private static IEnumerable<TortureMessage> BadVias =>
    [
        Refused("Via of nothing but the protocol", "RFC 3261 §20.42", Via, "SIP/2.0/UDP"),
        Refused("Via of two hosts", "RFC 3261 §20.42", "pc33.example.test;branch", "pc33.example.test pc34.example.test;branch"),
        Refused("two branches", "RFC 3261 §7.3.1", ";branch", ";branch=z9hG4bK1;branch"),
        Refused("branch without value", "RFC 3261 §25.1", "=z9hG4bK776asdhds", "="),
        Refused("branch with a separator", "RFC 3261 §25.1", "z9hG4bK776asdhds", "z9hG4bK,"),
        Refused("Via with a zone", "RFC 3261 §25.1", "pc33.example.test;branch", "[fe80::1%eth0];branch"),
        Refused("Via with an open bracket", "RFC 3261 §25.1", "pc33.example.test;branch", "[2001:db8::1;branch"),
        Refused("Via with a user", "RFC 3261 §20.42", "pc33.example.test;branch", "alice@pc33.example.test;branch"),
        Refused("Via with a port of nothing", "RFC 3261 §25.1", "pc33.example.test;branch", "pc33.example.test:;branch"),
        Refused("Via with a quote that is not closed", "RFC 3261 §25.1", ";branch", ";x=\"y;branch"),
        Refused("separators at the end of Via", "RFC 3261 §25.1", "776asdhds", "776asdhds;;"),
    ];
}
