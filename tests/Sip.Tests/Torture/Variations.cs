namespace UnifiedMsg.Sip.Tests.Torture;

/// <summary>Messages that differ from a good one in a rule that they break or stretch.</summary>
internal static class Variations
{
    /// <summary>A request that is right, and served.</summary>
    public const string Good = """
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

    /// <summary>An INVITE that is right, and refused by the application with 486.</summary>
    public const string GoodCall = """
        INVITE sip:bob@um.example.test SIP/2.0
        Via: SIP/2.0/UDP pc33.example.test;branch=z9hG4bK776asdhds
        Max-Forwards: 70
        To: Bob <sip:bob@example.test>
        From: Alice <sip:alice@example.test>;tag=1928301774
        Call-ID: a84b4c76e66710@pc33.example.test
        CSeq: 314159 INVITE
        Contact: <sip:alice@pc33.example.test>
        Content-Type: application/sdp
        Content-Length: ℓ
        """;

    /// <summary>Well formed, to be served.</summary>
    public static TortureMessage Served(string name, string place, params string[] changes) => With(name, place, [200], changes) with { Reads = _ => { } };

    /// <summary>Malformed, to be refused.</summary>
    public static TortureMessage Refused(string name, string place, params string[] changes) => With(name, place, [400], changes);

    /// <summary>A response that nobody waits for.</summary>
    public static TortureMessage Response(string name, string place, string line) =>
        With("response " + name, place, [], "OPTIONS sip:bob@um.example.test SIP/2.0", line);

    /// <summary>The good message with each first text replaced by the second.</summary>
    public static TortureMessage With(string name, string place, int[] statuses, params string[] changes) =>
        TortureMessage.Of(name, place, Changed(Good, changes), "", statuses);

    /// <summary>The good message with that body, and each first text replaced by the second.</summary>
    public static TortureMessage WithBody(string name, string place, int[] statuses, byte[] body, params string[] changes) =>
        TortureMessage.Of(name, place, Changed(Good, ["Content-Length: 0", "Content-Length: ℓ", .. changes]), body, statuses);

    /// <summary>The good INVITE with each first text replaced by the second, and with that body.</summary>
    public static TortureMessage Call(string name, string place, int status, string body, params string[] changes) =>
        TortureMessage.Of(name, place, Changed(GoodCall, changes), body, status);

    /// <summary>The good INVITE with a session, and each first text replaced by the second.</summary>
    public static TortureMessage Offer(string name, string place, int status, params string[] changes) =>
        Call(name, place, status, TortureMessage.Sdp("192.0.2.33"), changes);

    private static string Changed(string lines, string[] changes)
    {
        lines = lines.ReplaceLineEndings("\n");
        foreach (var change in changes.Chunk(2))
        {
            Assert.Contains(change[0].ReplaceLineEndings("\n"), lines);
            lines = lines.Replace(change[0].ReplaceLineEndings("\n"), change[1]);
        }
        return lines;
    }
}
