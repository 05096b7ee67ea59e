namespace UnifiedMsg.Sip.Messages;

/// <summary>What every message must have and may have once only (RFC 3261 §8.1.1, §20), before anybody acts upon it.</summary>
internal static class SipMessageCheck
{
    private static readonly string[] Single =
    [
        SipHeaderNames.From, SipHeaderNames.To, SipHeaderNames.CallId, SipHeaderNames.CSeq, SipHeaderNames.MaxForwards,
        SipHeaderNames.ContentType, SipHeaderNames.Event, SipHeaderNames.Expires,
    ];

    private static readonly string[] Addresses =
    [
        SipHeaderNames.Route, SipHeaderNames.RecordRoute,
    ];

    // Lists that somebody acts upon.
    private static readonly string[] Lists =
    [
        SipHeaderNames.Via, SipHeaderNames.Route, SipHeaderNames.RecordRoute, SipHeaderNames.Contact, SipHeaderNames.Require,
        SipHeaderNames.Supported, SipHeaderNames.Accept,
    ];

    /// <summary>Whether a list is longer than what is looked at of it: what comes behind that must not be passed over in silence.</summary>
    public static bool HasTooManyValues(SipHeaders headers)
    {
        foreach (var name in Lists)
        {
            if (headers.HasTooManyValues(name))
                return true;
        }
        return false;
    }

    /// <summary>What is wrong with the message, or null.</summary>
    public static string? Check(SipMessage message)
    {
        var headers = message.Headers;
        // RFC 3261 §7.3.1: a parameter stands once. Of two tags or branches, either could be the one that is meant.
        if (message.TopVia is null || message.TopVia.Parameters.CountOf("branch") > 1)
            return "Bad Via";
        if (message.From is null || message.From.Parameters.CountOf("tag") > 1)
            return "Bad From";
        if (message.To is null || message.To.Parameters.CountOf("tag") > 1)
            return "Bad To";
        if (string.IsNullOrEmpty(message.CallId))
            return "Missing Call-ID";
        if (message.CallId.AsSpan().ContainsAny(' ', '\t'))
            return "Bad Call-ID";
        if (message.CSeq is null)
            return "Bad CSeq";
        foreach (var name in Single)
        {
            if (headers.CountOf(name) > 1)
                return $"Several {name}";
        }
        return CheckVias(headers) ?? CheckNumbers(headers) ?? CheckAddresses(headers) ?? CheckContacts(message);
    }

    /// <summary>
    /// RFC 3261 §8.1.1.5: CSeq names the method of its request. A method that nobody knows is what is wrong first (RFC 4475 §3.1.2.18).
    /// </summary>
    public static (string? Error, int Status) CheckMethod(SipRequest request)
    {
        if (request.CSeq!.Value.Method == request.Method)
            return (null, 200);
        return SipMethods.IsKnown(request.Method) ? ("CSeq Method Does Not Match", 400) : (ReasonPhrases.For(501), 501);
    }

    /// <summary>
    /// Whether a malformed message is a request that can be answered. The response echoes what there is of the fields that belong in
    /// it (RFC 4475 §3.3.1), and goes to where the request came from when Via can't be read; without any Via nobody would know it.
    /// </summary>
    public static bool CanBeAnswered(SipMessage message) =>
        message is SipRequest { Method: not SipMethods.Ack }
        && message.Headers[SipHeaderNames.Via]?.StartsWith("SIP", StringComparison.OrdinalIgnoreCase) == true;

    private static string? CheckVias(SipHeaders headers)
    {
        foreach (var line in headers.Lines(SipHeaderNames.Via))
        {
            var rest = line.AsSpan();
            while (true)
            {
                var comma = SipGrammar.IndexOutside(rest, ',');
                // Further Vias are not ours to use, but an empty one means that the line is not a list of them.
                if (comma == -2 || SipGrammar.Trim(comma < 0 ? rest : rest[..comma]).Length == 0)
                    return "Bad Via";
                if (comma < 0)
                    break;
                rest = rest[(comma + 1)..];
            }
        }
        return null;
    }

    private static string? CheckNumbers(SipHeaders headers)
    {
        if (headers[SipHeaderNames.MaxForwards] is { } hops && !SipGrammar.TryNumber(hops, 255, out _))
            return "Bad Max-Forwards";
        if (headers[SipHeaderNames.Expires] is { } expires && !SipGrammar.TryNumber(expires, uint.MaxValue, out _))
            return "Bad Expires";
        return null;
    }

    private static string? CheckAddresses(SipHeaders headers)
    {
        foreach (var name in Addresses)
        {
            foreach (var value in headers.Values(name))
            {
                if (!NameAddress.TryParse(value, out _))
                    return $"Bad {name}";
            }
        }
        return null;
    }

    // RFC 3261 §20.10: Contact = ( "*" / contact-param *( COMMA contact-param ) ), and "*" removes registrations, nothing else.
    private static string? CheckContacts(SipMessage message)
    {
        var count = 0;
        var all = false;
        foreach (var value in message.Headers.Values(SipHeaderNames.Contact))
        {
            count++;
            all |= value == "*";
            if (value != "*" && !NameAddress.TryParse(value, out _))
                return "Bad Contact";
        }
        if (all && (count > 1 || message is not SipRequest { Method: SipMethods.Register }))
            return "Bad Contact";
        // RFC 3261 §8.1.1.8: whoever begins a dialog names one place where it goes on. Elements of RFC 2543 name none (RFC 4475 §3.4.1).
        return count > 1 && message is SipRequest { Method: SipMethods.Invite or SipMethods.Subscribe } ? "Several Contact" : null;
    }
}
