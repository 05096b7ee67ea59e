namespace UnifiedMsg.Sip.Messages;

/// <summary>RFC 3261 §20.11: what a body, or a part of one, is for.</summary>
/// <param name="Type">In lower case: session, render, early-session, icon …</param>
/// <param name="IsOptional">Whether the sender does not insist that it is understood.</param>
internal readonly record struct ContentDisposition(string Type, bool IsOptional)
{
    /// <summary>The disposition of a session description.</summary>
    public const string Session = "session";

    /// <summary>Whether it is a session's; also when nothing is said, or nothing that can be read.</summary>
    public static bool IsSession(string? text) => text is null || !TryParse(text, out var value) || value.Type == Session;

    /// <summary>Reads <c>session;handling=required</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ContentDisposition value)
    {
        value = default;
        var semicolon = text.IndexOf(';');
        var type = SipGrammar.Trim(semicolon < 0 ? text : text[..semicolon]);
        if (!SipGrammar.IsToken(type) || !SipParameters.TryParse(semicolon < 0 ? default : text[semicolon..], uri: false, out var parameters))
            return false;
        value = new ContentDisposition(type.ToString().ToLowerInvariant(), "optional".Equals(parameters["handling"], StringComparison.OrdinalIgnoreCase));
        return true;
    }
}
