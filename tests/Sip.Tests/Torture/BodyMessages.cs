using System.Text;
using static UnifiedMsg.Sip.Tests.Torture.Variations;

namespace UnifiedMsg.Sip.Tests.Torture;

/// <summary>Bodies, and what is said about them: types, codings, dispositions, parts, and what the sender accepts (RFC 3261 §7.4, §8.2.3, §20).</summary>
internal static class BodyMessages
{
    private const string Type = "Content-Type: application/sdp";
    private static readonly string Session = TortureMessage.Sdp("192.0.2.33");
    private static readonly byte[] Binary = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];

    public static IEnumerable<TortureMessage> Messages => [.. Types, .. Dispositions, .. Parts, .. Accepted, .. Octets];

    private static IEnumerable<TortureMessage> Types =>
    [
        Offer("session", "RFC 3261 §13.2", 486),
        Offer("session type in capitals", "RFC 3261 §7.4.1", 486, Type, "CONTENT-TYPE: APPLICATION/SDP"),
        Offer("session type with parameters", "RFC 3261 §20.15", 486, Type, "c: application/sdp;charset=\"utf-8\" ; x=y"),
        Offer("session type with spaces", "RFC 3261 §25.1", 486, Type, "Content-Type: application / sdp"),
        Offer("session type with a fold", "RFC 3261 §25.1", 486, Type, "Content-Type:\n application\n /sdp"),
        Offer("type without subtype", "RFC 3261 §8.2.3", 415, Type, "Content-Type: application"),
        Offer("type of nothing", "RFC 3261 §8.2.3", 415, Type, "Content-Type:"),
        Offer("no type", "RFC 3261 §8.2.3", 415, Type + "\n", ""),
        Offer("type that begins like a session", "RFC 3261 §8.2.3", 415, Type, "Content-Type: application/sdpx"),
        Call("type of a session without one", "RFC 3261 §8.2.3", 486, ""),
        Offer("coding of nothing", "RFC 3261 §20.12", 486, Type, Type + "\nContent-Encoding: Identity"),
        Offer("coding that is not ours", "RFC 3261 §8.2.3", 415, Type, Type + "\nContent-Encoding: gzip"),
        Offer("coding upon coding", "RFC 3261 §8.2.3", 415, Type, Type + "\ne: identity, deflate"),
        Offer("coding in two lines", "RFC 3261 §7.3.1", 415, Type, Type + "\nContent-Encoding: identity\ne: br"),
        Served("coding of a body that is not there", "RFC 3261 §20.12", "Content-Length", "Content-Encoding: gzip\nContent-Length"),
        Offer("language of the session", "RFC 3261 §20.13", 486, Type, Type + "\nContent-Language: tlh"),
        Call("what is no session although it says so", "RFC 3261 §13.3.1", 486, "hello\r\n"),
    ];

    private static IEnumerable<TortureMessage> Dispositions =>
    [
        Offer("disposition of a session", "RFC 3261 §20.11", 486, Type, Type + "\nContent-Disposition: Session ; Handling=required"),
        Offer("disposition that is not ours", "RFC 3261 §20.11", 415, Type, Type + "\nContent-Disposition: recipient-list"),
        Offer("disposition that is not ours and not insisted on", "RFC 3261 §20.11", 486, Type, Type + "\nContent-Disposition: recipient-list;handling=optional"),
        Offer("early session alone", "RFC 3959 §5", 415, Type, Type + "\nContent-Disposition: early-session"),
        Call("picture that is not insisted on", "RFC 3261 §20.11", 486, "x", Type, "Content-Type: image/png\nContent-Disposition: icon;handling = \"optional\""),
        Call("picture that is insisted on", "RFC 3261 §20.11", 415, "x", Type, "Content-Type: image/png\nContent-Disposition: icon;handling=required"),
        Call("picture of which nothing is said", "RFC 3261 §20.11", 415, "x", Type, "Content-Type: image/png\nContent-Disposition: icon"),
    ];

    private static IEnumerable<TortureMessage> Parts =>
    [
        Multi("session among parts", 486, "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: application/sdp\r\n\r\n" + Session + "\r\n--b--\r\n"),
        Multi("session in the only part", 486, "--b\r\nc: Application/SDP;x=y\r\nContent-ID: <1@example.test>\r\n\r\n" + Session + "\r\n--b--"),
        Multi("parts with preamble and epilogue", 486, "This is for nobody.\r\n--b  \r\nContent-Type: application/sdp\r\n\r\n" + Session + "\r\n--b--\r\nThe end.\r\n"),
        Multi("session behind a signal of the telephone network", 486, "--b\r\nContent-Type: application/isup;version=itu-t92+\r\nContent-Disposition: signal;handling=optional\r\n\r\n\u0001\u0011\0H\0\n\u0003\u0002\r\n--b\r\nContent-Type: application/sdp\r\nContent-Disposition: session\r\n\r\n" + Session + "\r\n--b--\r\n"),
        Multi("early session before the session", 486, "--b\r\nContent-Type: application/sdp\r\nContent-Disposition: early-session\r\n\r\nv=0\r\n\r\n--b\r\nContent-Type: application/sdp\r\n\r\n" + Session + "\r\n--b--\r\n"),
        Multi("nothing but an early session among parts", 415, "--b\r\nContent-Type: application/sdp\r\nContent-Disposition: early-session\r\n\r\n" + Session + "\r\n--b--\r\n"),
        Multi("no session among parts", 415, "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n"),
        Multi("session behind the last part", 415, "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n--b\r\nContent-Type: application/sdp\r\n\r\n" + Session + "\r\n--b--\r\n"),
        Multi("part without header fields", 415, "--b\r\n\r\n" + Session + "\r\n--b--\r\n"),
        Multi("part that never ends its header fields", 415, "--b\r\nContent-Type: application/sdp\r\n"),
        Multi("no part", 415, "--b--\r\n"),
        Multi("boundary that is not there", 415, Session),
        Call("no boundary", "RFC 5621 §3", 415, "--b\r\nContent-Type: application/sdp\r\n\r\n" + Session + "\r\n--b--\r\n", Type, "Content-Type: multipart/mixed"),
        Call("boundary of nothing", "RFC 2046 §5.1.1", 415, "--\r\nContent-Type: application/sdp\r\n\r\n" + Session, Type, "Content-Type: multipart/mixed;boundary=\"\""),
        Call("boundary in quotes", "RFC 2046 §5.1.1", 486, "--a b:c\r\nContent-Type: application/sdp\r\n\r\n" + Session + "\r\n--a b:c--\r\n", Type, "Content-Type: multipart/mixed ; x=y; BOUNDARY=\"a b:c\""),
        Call("alternatives", "RFC 5621 §4", 486, "--b\r\nContent-Type: application/sdp\r\n\r\n" + Session + "\r\n--b--\r\n", Type, "Content-Type: multipart/alternative;boundary=b"),
    ];

    private static IEnumerable<TortureMessage> Accepted =>
    [
        Offer("sessions are accepted", "RFC 3261 §20.1", 486, Type, Type + "\nAccept: text/plain, application/sdp;level=1;q=0.1"),
        Offer("everything is accepted", "RFC 3261 §20.1", 486, Type, Type + "\nAccept: */*;q=0.5"),
        Offer("every application is accepted", "RFC 3261 §20.1", 486, Type, Type + "\nAccept: APPLICATION / *"),
        Offer("sessions are accepted, with spaces", "RFC 3261 §25.1", 486, Type, Type + "\nAccept: application / sdp"),
        Offer("sessions are accepted in a second line", "RFC 3261 §7.3.1", 486, Type, Type + "\nAccept: text/plain\nAccept: application/sdp"),
        Offer("sessions are not accepted at all", "RFC 3261 §20.1, RFC 2616 §14.1", 406, Type, Type + "\nAccept: application/sdp;q=0, text/plain"),
        Offer("sessions are accepted less than nothing", "RFC 3261 §20.1", 406, Type, Type + "\nAccept: application/sdp;q=0.000"),
        Offer("everything but sessions is accepted", "RFC 2616 §14.1", 406, Type, Type + "\nAccept: */*, application/sdp;q=0"),
        Offer("other things are accepted", "RFC 3261 §21.4.7", 406, Type, Type + "\nAccept: text/*, application/sdpx"),
        Served("an inquiry accepts whatever it wants", "RFC 3261 §11.2", "Contact:", "Accept: text/nobodyKnowsThis\nAccept-Encoding: \nAccept-Language: tlh;q=0\nContact:"),
    ];

    private static IEnumerable<TortureMessage> Octets =>
    [
        WithBody("every octet", "RFC 3261 §7.4", [200], Binary, "Contact:", "Content-Type: application/octet-stream\nContact:"),
        WithBody("nothing but NUL", "RFC 3261 §7.4", [200], new byte[1000], "Contact:", "Content-Type: application/octet-stream\nContact:"),
        WithBody("nothing but line breaks", "RFC 3261 §7.4", [200], "\r\n\r\n\r\n\r\n\r\n"u8.ToArray(), "Contact:", "Content-Type: text/plain\nContact:"),
        WithBody("a message in a message", "RFC 3261 §23.4", [200], Encoding.UTF8.GetBytes(Good.ReplaceLineEndings("\r\n") + "\r\n\r\n"), "Contact:", "Content-Type: message/sip\nContact:"),
        WithBody("a body of 40,000 octets", "RFC 3261 §18.1.1", [200], new byte[40_000], "Contact:", "Content-Type: application/octet-stream\nContact:"),
        WithBody("a body longer than we take", "RFC 3261 §21.4.11", [413], new byte[50_000], "Contact:", "Content-Type: application/octet-stream\nContact:"),
        WithBody("a body longer than it says", "RFC 3261 §18.3", [200], "abINVITE"u8.ToArray(), "Content-Length: ℓ", "Content-Length: 2", "Contact:", "Content-Type: text/plain\nContact:"),
    ];

    private static TortureMessage Multi(string name, int status, string body) =>
        Call(name, "RFC 5621 §3", status, body, Type, "Content-Type: multipart/mixed;boundary=b");
}
