namespace UnifiedMsg.Sip.Messages;

/// <summary>The methods this stack knows by name. Method names are case-sensitive (RFC 3261 §7.1).</summary>
public static class SipMethods
{
    /// <summary>RFC 3261 §13: sets up or changes a session.</summary>
    public const string Invite = "INVITE";

    /// <summary>RFC 3261 §13: confirms a final response to INVITE.</summary>
    public const string Ack = "ACK";

    /// <summary>RFC 3261 §15: ends a session.</summary>
    public const string Bye = "BYE";

    /// <summary>RFC 3261 §9: asks to end a pending INVITE.</summary>
    public const string Cancel = "CANCEL";

    /// <summary>RFC 3261 §11: asks what the other side can do.</summary>
    public const string Options = "OPTIONS";

    /// <summary>RFC 3261 §10: tells a registrar where somebody is.</summary>
    public const string Register = "REGISTER";

    /// <summary>RFC 6086: carries application data inside a dialog.</summary>
    public const string Info = "INFO";

    /// <summary>RFC 3311: changes a session without a new INVITE transaction.</summary>
    public const string Update = "UPDATE";

    /// <summary>RFC 6665: asks for notifications about a state.</summary>
    public const string Subscribe = "SUBSCRIBE";

    /// <summary>RFC 6665: tells about a state.</summary>
    public const string Notify = "NOTIFY";

    /// <summary>RFC 3428: an instant message.</summary>
    public const string Message = "MESSAGE";

    /// <summary>RFC 3262: acknowledges a reliable provisional response.</summary>
    public const string Prack = "PRACK";

    /// <summary>RFC 3515: asks to call somebody else.</summary>
    public const string Refer = "REFER";

    private static readonly string[] Known =
        [Invite, Ack, Bye, Cancel, Options, Register, Info, Update, Subscribe, Notify, Message, Prack, Refer, "PUBLISH"];

    /// <summary>Whether the method is one that we have heard of, whether or not we serve it.</summary>
    internal static bool IsKnown(string method) => Known.Contains(method);

    /// <summary>The shared string for a known method, so that parsing one allocates nothing; else a new string.</summary>
    internal static string From(ReadOnlySpan<byte> name)
    {
        foreach (var known in Known)
        {
            if (System.Text.Ascii.Equals(name, known))
                return known;
        }
        return System.Text.Encoding.ASCII.GetString(name);
    }
}
