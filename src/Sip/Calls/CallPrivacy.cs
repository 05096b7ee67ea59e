using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Calls;

/// <summary>What the caller wants withheld: the Privacy header (RFC 3323 §4.2, RFC 3325 §9.3, RFC 7044 §10.1).</summary>
[Flags]
public enum CallPrivacy
{
    /// <summary>The caller does not say.</summary>
    Unspecified = 0,

    /// <summary><c>none</c>: nothing is to be withheld.</summary>
    NotWanted = 1,

    /// <summary><c>header</c>: what in the headers tells of the caller.</summary>
    Header = 2,

    /// <summary><c>session</c>: the addresses of the media.</summary>
    Session = 4,

    /// <summary><c>user</c>: name and address of the caller.</summary>
    User = 8,

    /// <summary><c>id</c>: the identity that the network asserts.</summary>
    Id = 16,

    /// <summary><c>history</c>: who diverted the call.</summary>
    History = 32,

    /// <summary><c>critical</c>: rather no call than one without that privacy.</summary>
    Critical = 64,
}

/// <summary>Reads Privacy headers.</summary>
internal static class PrivacyHeader
{
    /// <summary>Every value of the message together. Unknown ones are passed over.</summary>
    public static CallPrivacy Of(SipMessage message)
    {
        var privacy = CallPrivacy.Unspecified;
        foreach (var line in message.Headers.Values(SipHeaderNames.Privacy))
            privacy |= Parse(line);
        return privacy;
    }

    /// <summary>Reads <c>id;user;critical</c>.</summary>
    public static CallPrivacy Parse(ReadOnlySpan<char> text)
    {
        var privacy = CallPrivacy.Unspecified;
        foreach (var range in text.Split(';'))
        {
            privacy |= SipGrammar.Trim(text[range]).ToString().ToLowerInvariant() switch
            {
                "none" => CallPrivacy.NotWanted,
                "header" => CallPrivacy.Header,
                "session" => CallPrivacy.Session,
                "user" => CallPrivacy.User,
                "id" => CallPrivacy.Id,
                "history" => CallPrivacy.History,
                "critical" => CallPrivacy.Critical,
                _ => CallPrivacy.Unspecified,
            };
        }
        return privacy;
    }
}
