using System.Text;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Threads;

/// <summary>
/// What of a subject stays the same from message to message of a thread: RFC 5256 §2.1 without what is put before and after it, and
/// without white space, as RFC 8621 §3 has it.
/// </summary>
internal static class BaseSubject
{
    private const int MaxLength = 500; // What comes after it hardly tells two threads apart.

    // RFC 5256 names the English ones; the others are what mail programs write in German, Scandinavian languages, Dutch, French, Spanish,
    // Portuguese, Italian and Polish.
    private static readonly string[] Prefixes =
        ["RE", "FW", "FWD", "AW", "WG", "SV", "VS", "VB", "ANTW", "TR", "RV", "RES", "ENC", "RIF", "ODP"];

    public static string Of(string? subject)
    {
        if (subject is null)
            return "";
        ReadOnlySpan<char> rest = MessageText.DecodeHeader(subject).ToUpperInvariant();
        if (rest.Length > MaxLength)
            rest = rest[..MaxLength];
        rest = rest.Trim();
        while (TryStripEnd(ref rest) || TryStripPrefix(ref rest) || TryStripForward(ref rest) || TryStripBlob(ref rest)) { }
        var text = new StringBuilder(rest.Length);
        foreach (char c in rest)
        {
            if (!char.IsWhiteSpace(c))
                text.Append(c);
        }
        return text.ToString();
    }

    // subj-trailer = "(fwd)" / WSP
    private static bool TryStripEnd(ref ReadOnlySpan<char> rest)
    {
        if (!rest.EndsWith("(FWD)"))
            return false;
        rest = rest[..^5].TrimEnd();
        return true;
    }

    // subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
    private static bool TryStripPrefix(ref ReadOnlySpan<char> rest)
    {
        int colon = rest.IndexOf(':');
        if (colon < 0)
            return false;
        ReadOnlySpan<char> word = rest[..colon].TrimEnd();
        if (word.EndsWith("]") && word.IndexOf('[') is var open and > 0)
            word = word[..open].TrimEnd();
        foreach (string prefix in Prefixes)
        {
            if (!word.SequenceEqual(prefix))
                continue;
            rest = rest[(colon + 1)..].TrimStart();
            return true;
        }
        return false;
    }

    // subj-fwd = "[fwd:" subject "]"
    private static bool TryStripForward(ref ReadOnlySpan<char> rest)
    {
        if (!rest.StartsWith("[FWD:") || !rest.EndsWith("]"))
            return false;
        rest = rest[5..^1].Trim();
        return true;
    }

    // subj-blob = "[" *BLOBCHAR "]" *WSP; one that is all there is stays.
    private static bool TryStripBlob(ref ReadOnlySpan<char> rest)
    {
        if (!rest.StartsWith("["))
            return false;
        int end = rest[1..].IndexOfAny('[', ']') + 1;
        if (end <= 0 || rest[end] == '[' || rest[(end + 1)..].IsWhiteSpace())
            return false;
        rest = rest[(end + 1)..].TrimStart();
        return true;
    }
}
