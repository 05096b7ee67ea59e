namespace UnifiedMsg.Sip.Messages;

/// <summary>RFC 3326: why a request was sent, such as <c>SIP;cause=200;text="Call completed elsewhere"</c> in a CANCEL.</summary>
/// <param name="Protocol">SIP, Q.850 …</param>
/// <param name="Cause">The status or cause of that protocol; null when it names none.</param>
/// <param name="Text">For people, or null.</param>
public sealed record ReasonHeader(string Protocol, int? Cause, string? Text = null)
{
    /// <summary>Whether somebody else took the call (RFC 3326 §3.1): it is none that was missed.</summary>
    public bool IsAnsweredElsewhere => Cause == 200 && Protocol.Equals("SIP", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads one value.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ReasonHeader? value)
    {
        value = null;
        var semicolon = text.IndexOf(';');
        var protocol = SipGrammar.Trim(semicolon < 0 ? text : text[..semicolon]);
        var parameters = SipParameters.Empty;
        if (!SipGrammar.IsToken(protocol) || (semicolon >= 0 && !SipParameters.TryParse(text[semicolon..], uri: false, out parameters)))
            return false;
        int? cause = null;
        if (parameters["cause"] is { } number)
        {
            if (!SipGrammar.TryNumber(number, int.MaxValue, out var read))
                return false;
            cause = (int)read;
        }
        value = new ReasonHeader(protocol.ToString(), cause, parameters["text"]);
        return true;
    }

    /// <summary>Every value of a message that can be read.</summary>
    public static IReadOnlyList<ReasonHeader> Of(SipMessage message)
    {
        var reasons = new List<ReasonHeader>();
        foreach (var text in message.Headers.Values(SipHeaderNames.Reason))
        {
            if (TryParse(text, out var reason))
                reasons.Add(reason);
        }
        return reasons;
    }

    /// <summary>Writes the value.</summary>
    public override string ToString() =>
        $"{Protocol}{(Cause is { } cause ? $";cause={cause}" : "")}{(Text is null ? "" : $";text={SipGrammar.Quote(Text)}")}";
}
