using static UnifiedMsg.Sip.Tests.Torture.Variations;

namespace UnifiedMsg.Sip.Tests.Torture;

/// <summary>Methods, dialogs that are not there, and responses that nobody waits for (RFC 3261 §8.2, §9.2, §12.2.2, §17.1.3).</summary>
internal static class MethodMessages
{
    private const string Tagged = "<sip:bob@example.test>;tag=gone";

    public static IEnumerable<TortureMessage> Messages => [.. Unknown, .. Calls, .. Silent, .. Responses];

    private static IEnumerable<TortureMessage> Unknown =>
    [
        .. new[] { "INVITE", "BYE", "CANCEL", "INFO", "UPDATE", "PRACK", "REFER", "SUBSCRIBE", "NOTIFY", "MESSAGE" }.Select(method =>
            With($"{method} in a dialog that is not there", "RFC 3261 §12.2.2", [481], "OPTIONS", method, "<sip:bob@example.test>", Tagged)),
        .. new[] { "INFO", "UPDATE", "PRACK" }.Select(method =>
            With($"{method} outside a dialog", "RFC 3261 §12.2.2", [481], "OPTIONS", method)),
        With("ACK in a dialog that is not there", "RFC 3261 §17.1.1.2", [], "OPTIONS", "ACK", "<sip:bob@example.test>", Tagged),
        With("SUBSCRIBE without Event", "RFC 6665 §7.2.1", [489], "OPTIONS", "SUBSCRIBE"),
        With("SUBSCRIBE to what nobody knows", "RFC 6665 §4.2.1.3", [489], "OPTIONS", "SUBSCRIBE", "Contact:", "Event: nothingWeKnow;id=1\nContact:"),
        With("NOTIFY that nobody subscribed to", "RFC 6665 §4.1.3", [481], "OPTIONS", "NOTIFY", "Contact:", "Event: presence\nSubscription-State: active\nContact:"),
        With("REFER without Refer-To", "RFC 3515 §2.4.2", [400], "OPTIONS", "REFER") with { Reads = _ => { } },
        With("REFER to two", "RFC 3515 §2.4.2", [400], "OPTIONS", "REFER", "Contact:", "Refer-To: <sip:c@example.test>\nr: <sip:d@example.test>\nContact:") with { Reads = _ => { } },
        With("REFER to nothing", "RFC 3515 §2.1", [400], "OPTIONS", "REFER", "Contact:", "Refer-To: <>\nContact:") with { Reads = _ => { } },
        With("a method of one letter", "RFC 3261 §21.5.2", [501], "OPTIONS", "X"),
        With("a method of every character of a token", "RFC 3261 §21.5.2", [501], "OPTIONS", "A-.!%*_+`'~0"),
        With("INVITE in mixed case", "RFC 3261 §7.1", [501], "OPTIONS", "Invite"),
        With("a method of another protocol", "RFC 3261 §21.5.2", [501], "OPTIONS", "DESCRIBE"),
    ];

    private static IEnumerable<TortureMessage> Calls =>
    [
        Offer("a call without Contact", "RFC 4475 §3.4.1", 486, "Contact: <sip:alice@pc33.example.test>\n", ""),
        Offer("a call with two Contacts", "RFC 3261 §8.1.1.8", 400, "Contact: ", "Contact: <sip:c@h.example.test>, "),
        Offer("a session too short", "RFC 4028 §5", 422, "Contact:", "Supported: timer\nSession-Expires: 10\nContact:"),
        Offer("a session of 2^32 seconds", "RFC 4028 §4", 400, "Contact:", "Supported: timer\nSession-Expires: 4294967296\nContact:") with { Reads = _ => { } },
        Offer("a call that replaces none that is there", "RFC 3891 §3", 481, "Contact:", "Replaces: 1@h;to-tag=a;from-tag=b\nContact:"),
        Offer("a call that replaces two", "RFC 3891 §3", 400, "Contact:", "Replaces: 1@h;to-tag=a;from-tag=b\nReplaces: 2@h;to-tag=a;from-tag=b\nContact:") with { Reads = _ => { } },
        Offer("a call that replaces nothing that can be read", "RFC 3891 §6.1", 400, "Contact:", "Replaces: 1@h;to-tag=a\nContact:") with { Reads = _ => { } },
        Offer("a call that demands what we know", "RFC 3261 §8.2.2.3", 486, "Contact:", "Require: timer, 100rel, replaces, histinfo\nContact:"),
        Offer("a call that has expired", "RFC 3261 §13.3.1", 486, "Contact:", "Expires: 120\nContact:"),
        Offer("a call to a telephone number", "RFC 3261 §19.1.6", 486, "INVITE sip:bob@um.example.test", "INVITE tel:+49-30-1234"),
        Offer("a call to nowhere", "RFC 3261 §8.2.2.1", 416, "INVITE sip:bob@um.example.test", "INVITE urn:service:sos.police"),
        Offer("a call in a hurry", "RFC 3261 §20", 486, "Contact:", "Priority: emergency\nAlert-Info: <x>\nAnswer-Mode: Auto\nRequest-Disposition: no-fork\nContact:"),
    ];

    // Nobody may answer an ACK, whatever is wrong with it (RFC 3261 §17.1.1.2).
    private static IEnumerable<TortureMessage> Silent =>
    [
        Ack("without Call-ID", "Call-ID: a84b4c76e66710@pc33.example.test\n", ""),
        Ack("without To", "To: Bob <sip:bob@example.test>\n", ""),
        Ack("with two CSeq", "Contact:", "CSeq: 1 ACK\nContact:"),
        Ack("with the CSeq of its INVITE", "314159 ACK", "314159 INVITE"),
        Ack("with a CSeq too large", "314159", "2147483648"),
        Ack("with a bad Via", "SIP/2.0/UDP pc33", "SIP/2.0/UDP ,"),
        Ack("to an unknown scheme", "ACK sip:bob@um.example.test", "ACK urn:x:y"),
        Ack("of another version", "SIP/2.0\nVia", "SIP/3.0\nVia"),
        Ack("with a body cut off", "Content-Length: 0", "Content-Length: 9") with { StreamStatuses = [] },
        Ack("with too many hops", "Forwards: 70", "Forwards: 256"),
        Ack("with two spaces", "ACK sip:", "ACK  sip:"),
    ];

    private static IEnumerable<TortureMessage> Responses =>
    [
        Response("100 to nothing", "RFC 3261 §17.1.3", "SIP/2.0 100 Trying"),
        Response("699 to nothing", "RFC 3261 §17.1.3", "SIP/2.0 699 Whatever"),
        Response("with a status of 0", "RFC 3261 §7.2", "SIP/2.0 0 None"),
        Response("with a status below zero", "RFC 3261 §7.2", "SIP/2.0 -200 OK"),
        Response("with a status of four digits", "RFC 3261 §7.2", "SIP/2.0 2000 OK"),
        Response("without a status", "RFC 3261 §7.2", "SIP/2.0 OK"),
        Response("without space behind the status", "RFC 3261 §7.2", "SIP/2.0 200OK"),
        Response("without phrase and space", "RFC 3261 §7.2", "SIP/2.0 200"),
        Response("in lower case", "RFC 3261 §7.1", "sip/2.0 200 ok"),
        Response("with two spaces", "RFC 3261 §7.2", "SIP/2.0  200 OK"),
        Response("with nothing but the version", "RFC 3261 §7.2", "SIP/2.0 "),
        With("response without Via", "RFC 3261 §18.1.2", [], "OPTIONS sip:bob@um.example.test SIP/2.0", "SIP/2.0 200 OK", "Via: SIP/2.0/UDP pc33.example.test;branch=z9hG4bK776asdhds\n", ""),
        With("response with a bad Via", "RFC 3261 §18.1.2", [], "OPTIONS sip:bob@um.example.test SIP/2.0", "SIP/2.0 200 OK", "SIP/2.0/UDP pc33", "SIP/2.0/UDP ;;"),
        With("response with two Vias", "RFC 3261 §8.1.3.3", [], "OPTIONS sip:bob@um.example.test SIP/2.0", "SIP/2.0 200 OK", "Max-Forwards: 70", "v: SIP/2.0/UDP 255.255.255.255"),
        With("response without CSeq", "RFC 3261 §17.1.3", [], "OPTIONS sip:bob@um.example.test SIP/2.0", "SIP/2.0 200 OK", "CSeq: 314159 OPTIONS\n", ""),
    ];

    private static TortureMessage Ack(string name, params string[] changes) =>
        With("ACK " + name, "RFC 3261 §17.1.1.2", [], ["OPTIONS", "ACK", .. changes]);
}
