using System.Diagnostics;
using System.Text;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Benchmarks.Sip;

/// <summary>Reading and writing a typical INVITE: through one proxy, diverted, with a session description.</summary>
internal static class MessageCost
{
    private const int Times = 200_000;

    private static readonly byte[] Invite = Encoding.UTF8.GetBytes(string.Join("\r\n",
        "INVITE sip:1001@192.0.2.20:5060;transport=udp SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.10:5060;rport;branch=z9hG4bKPj3b0a6a0e-2f0c-4c0e-9d57-1f5b1c0e7a11",
        "Via: SIP/2.0/UDP 192.0.2.31:5060;received=192.0.2.31;rport=5060;branch=z9hG4bK776asdhds",
        "Record-Route: <sip:192.0.2.10;lr>",
        "Max-Forwards: 69",
        "From: \"Bob Baker\" <sip:2000@example.test>;tag=8f2c1d9e-6a1b-4d0f",
        "To: <sip:1001@example.test>",
        "Contact: <sip:2000@192.0.2.31:5060;transport=udp>",
        "Call-ID: 5b1e8c7a-0d6f-4b3e-8a55-90c1f2d3e4a5",
        "CSeq: 21345 INVITE",
        "Allow: OPTIONS, REGISTER, SUBSCRIBE, NOTIFY, PUBLISH, INVITE, ACK, BYE, CANCEL, UPDATE, PRACK, INFO, MESSAGE, REFER",
        "Supported: 100rel, timer, replaces, norefersub, histinfo",
        "Session-Expires: 1800",
        "Min-SE: 90",
        "Diversion: <sip:1001@example.test>;reason=no-answer;counter=1",
        "P-Asserted-Identity: \"Bob Baker\" <sip:2000@example.test>",
        "User-Agent: Example PBX 23.1",
        "Content-Type: application/sdp",
        "Content-Length: 234",
        "",
        "v=0",
        "o=- 1835483 1835483 IN IP4 192.0.2.31",
        "s=Example",
        "c=IN IP4 192.0.2.31",
        "t=0 0",
        "m=audio 14000 RTP/AVP 0 8 101",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=ptime:20",
        "a=sendrecv",
        ""));

    public static void Measure(Figures figures)
    {
        if (SipParser.Parse(Invite) is not { IsGood: true, Message: { } message })
            throw new InvalidOperationException("the INVITE can't be read");
        Print(figures, $"read an INVITE of {Invite.Length} octets", () => SipParser.Parse(Invite));
        Print(figures, "write it", () => SipMessageWriter.Write(message));
    }

    private static void Print(Figures figures, string what, Action work)
    {
        // The first rounds are for the compiler.
        for (var i = 0; i < Times / 4; i++)
            work();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Times; i++)
            work();
        var time = Stopwatch.GetElapsedTime(started);
        figures.Print(what, $"{time.TotalNanoseconds / Times:N0} ns, {(GC.GetAllocatedBytesForCurrentThread() - allocated) / Times:N0} octets allocated");
    }
}
