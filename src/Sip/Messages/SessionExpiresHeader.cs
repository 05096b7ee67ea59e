namespace UnifiedMsg.Sip.Messages;

/// <summary>Who sends the refreshes of a session (RFC 4028 §4).</summary>
public enum SessionRefresher
{
    /// <summary>Not said yet.</summary>
    Open,

    /// <summary>The side that sent the request which says so.</summary>
    Client,

    /// <summary>The side that answered it.</summary>
    Server,
}

/// <summary>RFC 4028 §4: how long a session lasts without a refresh, and who sends the refreshes.</summary>
/// <param name="Seconds">The session interval.</param>
/// <param name="Refresher">Client or server of the transaction that carries the header.</param>
public readonly record struct SessionExpiresHeader(uint Seconds, SessionRefresher Refresher = SessionRefresher.Open)
{
    /// <summary>Reads <c>1800;refresher=uac</c>. An unknown refresher is none.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out SessionExpiresHeader value)
    {
        value = default;
        if (!TrySeconds(text, out var seconds, out var parameters))
            return false;
        value = new SessionExpiresHeader(seconds, parameters["refresher"]?.ToLowerInvariant() switch
        {
            "uac" => SessionRefresher.Client,
            "uas" => SessionRefresher.Server,
            _ => SessionRefresher.Open,
        });
        return true;
    }

    /// <summary>Reads Min-SE (RFC 4028 §5): seconds, and parameters that nobody has defined.</summary>
    public static bool TryParseMinimum(ReadOnlySpan<char> text, out uint seconds) => TrySeconds(text, out seconds, out _);

    /// <summary>Writes the value.</summary>
    public override string ToString() => Refresher switch
    {
        SessionRefresher.Client => $"{Seconds};refresher=uac",
        SessionRefresher.Server => $"{Seconds};refresher=uas",
        _ => $"{Seconds}",
    };

    private static bool TrySeconds(ReadOnlySpan<char> text, out uint seconds, out SipParameters parameters)
    {
        var semicolon = text.IndexOf(';');
        parameters = SipParameters.Empty;
        return SipGrammar.TryNumber(SipGrammar.Trim(semicolon < 0 ? text : text[..semicolon]), uint.MaxValue, out seconds)
            && (semicolon < 0 || SipParameters.TryParse(text[semicolon..], uri: false, out parameters));
    }
}
