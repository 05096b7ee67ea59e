namespace UnifiedMsg.Sip.Tracing;

/// <summary>A session description in a few words: what is offered, where, and in which direction.</summary>
internal static class SessionSummary
{
    /// <summary>Codecs that are named; a longer list is cut.</summary>
    private const int MaxCodecs = 6;

    public static string Of(string session)
    {
        var lines = session.ReplaceLineEndings("\n").Split('\n');
        var maps = lines.Where(l => l.StartsWith("a=rtpmap:", StringComparison.Ordinal)).Select(l => l[9..].Split(' ', 2)).Where(p => p.Length == 2)
            .DistinctBy(p => p[0]).ToDictionary(p => p[0], p => p[1].Split('/')[0]);
        var address = lines.FirstOrDefault(l => l.StartsWith("c=", StringComparison.Ordinal))?.Split(' ')[^1] ?? "?";
        var direction = lines.FirstOrDefault(l => l is "a=sendonly" or "a=recvonly" or "a=inactive")?[2..];
        var media = lines.Where(l => l.StartsWith("m=", StringComparison.Ordinal)).Select(l => Media(l[2..].Split(' '), address, maps));
        return $"SDP {string.Join(" + ", media)}{(direction is null ? "" : " " + direction)}";
    }

    // m=audio 4000 RTP/AVP 0 101
    private static string Media(string[] words, string address, Dictionary<string, string> maps)
    {
        if (words.Length < 3)
            return "?";
        var codecs = words.Skip(3).Take(MaxCodecs).Select(format => maps.GetValueOrDefault(format) ?? Static(format));
        return $"{words[0]} {address}:{words[1]} {words[2]} {string.Join(' ', codecs)}";
    }

    // RFC 3551 §6: payload types that need no a=rtpmap.
    private static string Static(string format) => format switch
    {
        "0" => "PCMU",
        "3" => "GSM",
        "8" => "PCMA",
        "9" => "G722",
        "18" => "G729",
        _ => format,
    };
}
