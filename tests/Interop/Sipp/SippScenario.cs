using System.Text;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>
/// A scenario of sipp, step by step as the phone takes them. Each request has a branch of its own name, so that a step can send the same
/// request once more, and a CANCEL is for the INVITE before it (RFC 3261 §9.1).
/// </summary>
internal sealed class SippScenario
{
    /// <summary>The caller.</summary>
    public const string Caller = "5550100";

    private readonly StringBuilder _steps = new();

    /// <summary>A session description with one codec and telephone events.</summary>
    /// <param name="payloadType">The static payload type of the codec.</param>
    /// <param name="direction">sendrecv, or sendonly for a phone that holds.</param>
    /// <param name="version">Of the description; each new offer has the next.</param>
    public static string Sdp(int payloadType = 0, string direction = "sendrecv", int version = 1) => $"""
        v=0
        o=- 1 {version} IN IP4 [media_ip]
        s=-
        c=IN IP4 [media_ip]
        t=0 0
        m=audio [rtpstream_audio_port] RTP/AVP {payloadType} 101
        a=rtpmap:{payloadType} {Codec(payloadType)}
        a=rtpmap:101 telephone-event/8000
        a=fmtp:101 0-15
        a={direction}
        """;

    /// <summary>A session description for <see cref="Press"/>, which sends from the media port, under payload type 96.</summary>
    public static string KeysSdp() => """
        v=0
        o=- 1 1 IN IP4 [media_ip]
        s=-
        c=IN IP4 [media_ip]
        t=0 0
        m=audio [media_port] RTP/AVP 0 96
        a=rtpmap:0 PCMU/8000
        a=rtpmap:96 telephone-event/8000
        a=fmtp:96 0-15
        """;

    /// <summary>A session description for <see cref="PlayCapture"/>, which sends from the media port.</summary>
    /// <param name="protocol">RTP/SAVP, or RTP/AVP for who would like protection (RFC 8643).</param>
    /// <param name="line">The attribute with the key.</param>
    /// <param name="version">Of the description.</param>
    public static string SecureSdp(string protocol, string line, int version = 1) => $"""
        v=0
        o=- 1 {version} IN IP4 [media_ip]
        s=-
        c=IN IP4 [media_ip]
        t=0 0
        m=audio [media_port] {protocol} 0
        a=rtpmap:0 PCMU/8000
        {line}
        """;

    /// <summary>A session description for <see cref="PlayCapture"/> in Opus (RFC 7587), under payload type 96.</summary>
    public static string OpusSdp() => """
        v=0
        o=- 1 1 IN IP4 [media_ip]
        s=-
        c=IN IP4 [media_ip]
        t=0 0
        m=audio [media_port] RTP/AVP 96
        a=rtpmap:96 opus/48000/2
        a=fmtp:96 useinbandfec=1
        """;

    /// <summary>Begins to send the packets of a capture file; the next step is taken at once.</summary>
    public SippScenario PlayCapture(string file) => Step($"""<nop><action><exec play_pcap_audio="{file}"/></action></nop>""");

    /// <summary>Presses keys (RFC 4733); the next step is taken at once.</summary>
    public SippScenario Press(string keys) => Step($"""<nop><action><exec play_dtmf="{keys}"/></action></nop>""");

    /// <summary>Sends an INVITE.</summary>
    /// <param name="sdp">The offer; null to let the other side offer.</param>
    /// <param name="once">True for a single transmission; else sipp, over UDP, takes no further step before there is a response.</param>
    /// <param name="headers">Further header fields.</param>
    public SippScenario Invite(string? sdp, bool once = false, params string[] headers) =>
        Request("INVITE", "sip:[service]@[remote_ip]:[remote_port]", "invite", 1, sdp, inDialog: false, retransmit: !once, Lines(headers));

    /// <summary>Sends an INVITE within the call.</summary>
    public SippScenario InviteAgain(int cseq, string sdp) => Request("INVITE", "[next_url]", $"invite{cseq}", cseq, sdp, inDialog: true, retransmit: true);

    /// <summary>Sends another request within the call.</summary>
    public SippScenario Within(string method, int cseq, string? sdp = null, params string[] headers) =>
        Request(method, "[next_url]", $"{method}{cseq}", cseq, sdp, inDialog: true, retransmit: true, Lines(headers));

    /// <summary>Waits for a provisional response that demands its PRACK (RFC 3262), and sends that.</summary>
    public SippScenario ExpectReliable(int status, int cseq) => Step($"""
        <recv response="100" optional="true"/>
        <recv response="{status}" rrs="true"><action><ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" check_it="true" assign_to="rseq"/></action></recv>
        """).Within("PRACK", cseq, null, "RAck: [$rseq] 1 INVITE").Expect(200);

    /// <summary>Acknowledges a 200.</summary>
    /// <param name="sdp">The answer, when the 200 had the offer.</param>
    /// <param name="cseq">Of the INVITE.</param>
    public SippScenario Ack(string? sdp = null, int cseq = 1) => Request("ACK", "[next_url]", $"ack{cseq}", cseq, sdp, inDialog: true, retransmit: false);

    /// <summary>Acknowledges a refusal; the branch is that of the INVITE (RFC 3261 §17.1.1.3).</summary>
    public SippScenario AckRefusal() =>
        Request("ACK", "sip:[service]@[remote_ip]:[remote_port]", "invite", 1, null, inDialog: true, retransmit: false);

    /// <summary>Gives up before the answer.</summary>
    public SippScenario Cancel(params string[] headers) =>
        Request("CANCEL", "sip:[service]@[remote_ip]:[remote_port]", "invite", 1, null, inDialog: false, retransmit: true, Lines(headers));

    /// <summary>Hangs up.</summary>
    public SippScenario Bye(int cseq = 2) => Request("BYE", "[next_url]", "bye", cseq, null, inDialog: true, retransmit: true);

    /// <summary>Asks what the other side can do.</summary>
    public SippScenario Options() =>
        Request("OPTIONS", "sip:[remote_ip]:[remote_port]", "options", 1, null, inDialog: false, retransmit: true);

    /// <summary>Subscribes to the lamp of the number, within the dialog when it is not the first time.</summary>
    public SippScenario Subscribe(int cseq, int expires) => Request("SUBSCRIBE", cseq == 1 ? "sip:[service]@[remote_ip]:[remote_port]" : "[next_url]",
        $"subscribe{cseq}", cseq, null, inDialog: cseq > 1, retransmit: true, $"Event: message-summary\nAccept: application/simple-message-summary\nExpires: {expires}\n");

    /// <summary>Waits for a NOTIFY with this state and confirms it.</summary>
    public SippScenario ExpectNotify(string state) => Step($"""
        <recv request="NOTIFY"><action>
        <ereg regexp="{state}" search_in="hdr" header="Subscription-State:" check_it="true" assign_to="1"/>
        </action></recv>
        <Reference variables="1"/>
        <send><![CDATA[

        SIP/2.0 200 OK
        [last_Via:]
        [last_From:]
        [last_To:]
        [last_Call-ID:]
        [last_CSeq:]
        Content-Length: 0

        ]]></send>
        """);

    /// <summary>Registers 1001, with a password once a challenge has come.</summary>
    public SippScenario Register(int cseq, string? password = null) => Request("REGISTER", "sip:[remote_ip]:[remote_port]", $"register{cseq}", cseq, null,
        inDialog: false, retransmit: true, password is null ? "" : $"[authentication username=1001 password={password}]\n", from: "1001");

    /// <summary>Waits for a REGISTER whose Authorization matches.</summary>
    public SippScenario ExpectRegister(string authorization) => Step(authorization.Length == 0 ? """<recv request="REGISTER"/>""" : $"""
        <recv request="REGISTER"><action>
        <ereg regexp="{authorization}" search_in="hdr" header="Authorization:" check_it="true" assign_to="1"/>
        </action></recv>
        <Reference variables="1"/>
        """);

    /// <summary>Answers the request that was waited for.</summary>
    public SippScenario Answer(int status, string header) => Step($"""
        <send><![CDATA[

        SIP/2.0 {status} Answer
        [last_Via:]
        [last_From:]
        [last_To:];tag=[call_number]
        [last_Call-ID:]
        [last_CSeq:]
        {header}
        Content-Length: 0

        ]]></send>
        """);

    /// <summary>Waits for a challenge, which the next request can answer.</summary>
    public SippScenario ExpectChallenge(int status = 401) => Step($"""<recv response="{status}" auth="true"/>""");

    /// <summary>Waits for a response; the call fails when another one comes.</summary>
    public SippScenario Expect(int status, bool optional = false) =>
        Step($"""<recv response="{status}"{(optional ? " optional=\"true\"" : status == 200 ? " rrs=\"true\"" : "")}/>""");

    /// <summary>Waits for the 200 of a CANCEL and the 487 of its INVITE; what rang before them may still come in.</summary>
    public SippScenario ExpectCancelled() =>
        Expect(100, optional: true).Expect(180, optional: true).Expect(200).Expect(180, optional: true).Expect(487);

    /// <summary>
    /// Waits for the end of an INVITE that was cancelled while it may have been answered: acknowledges the 487, or acknowledges the 200 and
    /// hangs up. CSeq tells whose a 200 is. (There is one line for each response that may come before another, and no loop: sipp loses what
    /// comes in while it jumps.)
    /// </summary>
    public SippScenario SettleCancelled()
    {
        const string Provisional = """<recv response="100" optional="true"/><recv response="180" optional="true"/>""";
        const string Refused = """<recv response="487" optional="true" next="refused"/>""";
        Step($"""
            {Provisional}{Refused}
            {Success("INVITE", "answered")}
            {Provisional}{Refused}
            {Success("INVITE", "answered")}
            <label id="answered"/>
            """);
        return Ack().Bye().Step($"""
            {Success("BYE", "done")}
            {Success("BYE", "done")}
            <label id="refused"/>
            """).AckRefusal().Step("""<label id="done"/>""");

        static string Success(string method, string next) => $"""
            <recv response="200" rrs="true" next="{next}" test="{method}">
            <action><ereg regexp="{method}" search_in="hdr" header="CSeq:" assign_to="{method}"/></action>
            </recv>
            """;
    }

    /// <summary>A call that is accepted and hung up at once, or refused with 503.</summary>
    public static SippScenario AcceptedOrRefused() => new SippScenario().Invite(Sdp())
        .Expect(100, optional: true).Step("""<recv response="503" optional="true" next="refused"/>""").Expect(200).Ack().Bye()
        .Step("""<recv response="200" next="done"/><label id="refused"/>""").AckRefusal().Step("""<label id="done"/>""");

    /// <summary>Waits for the answer to an INVITE.</summary>
    public SippScenario ExpectAnswer() => Expect(100, optional: true).Expect(180, optional: true).Expect(200);

    /// <summary>Waits for a BYE and confirms it.</summary>
    public SippScenario ExpectBye(TimeSpan? within = null) => Step($"""
        <recv request="BYE" timeout="{(within ?? TimeSpan.FromSeconds(20)).TotalMilliseconds}"/>
        <send><![CDATA[

        SIP/2.0 200 OK
        [last_Via:]
        [last_From:]
        [last_To:]
        [last_Call-ID:]
        [last_CSeq:]
        Content-Length: 0

        ]]></send>
        """);

    /// <summary>Waits.</summary>
    public SippScenario Pause(TimeSpan time) => Step($"""<pause milliseconds="{time.TotalMilliseconds}"/>""");

    /// <summary>Waits, each call for a time of its own.</summary>
    public SippScenario PauseUpTo(TimeSpan most) => Step($"""<pause distribution="uniform" min="0" max="{most.TotalMilliseconds}"/>""");

    /// <summary>Begins to send the audio of the call; the next step is taken at once.</summary>
    public SippScenario Stream(int payloadType = 0) =>
        Step($"""<nop><action><exec rtp_stream="{SippPhone.AudioFile},1,{payloadType},{Codec(payloadType)}"/></action></nop>""");

    /// <summary>The scenario as sipp reads it.</summary>
    /// <param name="name">Of the scenario.</param>
    /// <param name="carrier">The transport that its messages name.</param>
    public string ToXml(string name, SipCarrier carrier = SipCarrier.Udp) => $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <scenario name="{name}">
        {_steps.ToString().Replace("[via]", carrier.ToString().ToUpperInvariant()).Replace("[uri_transport]", carrier == SipCarrier.Wss ? "ws" : carrier.ToString().ToLowerInvariant())}</scenario>
        """;

    private static string Lines(string[] headers) => string.Concat(headers.Select(each => $"{each}\n"));

    private static string Codec(int payloadType) => payloadType switch { 8 => "PCMA/8000", 9 => "G722/8000", _ => "PCMU/8000" };

    private SippScenario Request(string method, string target, string branch, int cseq, string? sdp, bool inDialog, bool retransmit,
        string headers = "", string from = Caller) => Step($"""
        <send{(retransmit ? " retrans=\"500\"" : "")}><![CDATA[

        {method} {target} SIP/2.0
        Via: SIP/2.0/[via] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-{branch}
        From: "Carol" <sip:{from}@[local_ip]:[local_port]>;tag=[pid]-[call_number]
        To: <sip:[service]@[remote_ip]:[remote_port]>{(inDialog ? "[peer_tag_param]" : "")}
        Call-ID: [call_id]
        CSeq: {cseq} {method}
        Contact: <sip:{Caller}@[local_ip]:[local_port];transport=[uri_transport]>
        Max-Forwards: 70
        {headers}{(sdp is null ? "Content-Length: 0" : $"Content-Type: application/sdp\nContent-Length: [len]\n\n{sdp}")}

        ]]></send>
        """);

    private SippScenario Step(string xml)
    {
        _steps.Append(xml).Append('\n');
        return this;
    }
}
