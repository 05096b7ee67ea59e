namespace UnifiedMsg.Sip.Messages;

/// <summary>RFC 3891 §6.1: the dialog whose place a new INVITE takes, as the receiver of that INVITE knows it.</summary>
/// <param name="CallId">Its Call-ID.</param>
/// <param name="ToTag">The receiver's own tag.</param>
/// <param name="FromTag">The tag of the side that is replaced.</param>
/// <param name="EarlyOnly">Only while the dialog is early.</param>
public sealed record ReplacesHeader(string CallId, string ToTag, string FromTag, bool EarlyOnly = false)
{
    // A tag in quotes could hold them, and would say something else without.
    private const string Separators = " \t\",;<>";

    /// <summary>Reads <c>425928@host;to-tag=7743;from-tag=6472;early-only</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ReplacesHeader? value)
    {
        value = null;
        text = SipGrammar.Trim(text);
        var semicolon = text.IndexOf(';');
        if (semicolon <= 0 || !SipParameters.TryParse(text[semicolon..], uri: false, out var parameters))
            return false;
        var callId = SipGrammar.Trim(text[..semicolon]);
        // What comes out of the escapes of a URI may hold anything, and is to be written into a call of ours.
        if (callId.IndexOfAny(' ', '\t', ',') >= 0 || text.ContainsAny('\r', '\n', '\0'))
            return false;
        // Exactly one of each tag: the first one of two would be a guess.
        if (parameters["to-tag"] is not { Length: > 0 } to || parameters["from-tag"] is not { Length: > 0 } from
            || to.AsSpan().ContainsAny(Separators) || from.AsSpan().ContainsAny(Separators)
            || parameters.CountOf("to-tag") > 1 || parameters.CountOf("from-tag") > 1)
            return false;
        value = new ReplacesHeader(callId.ToString(), to, from, parameters.Contains("early-only"));
        return true;
    }

    /// <summary>Writes the value.</summary>
    public override string ToString() => $"{CallId};to-tag={ToTag};from-tag={FromTag}{(EarlyOnly ? ";early-only" : "")}";
}
