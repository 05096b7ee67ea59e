namespace UnifiedMsg.Sip.Messages;

/// <summary>RFC 3261 §20.16: the number of a request within its dialog, and its method.</summary>
/// <param name="Number">Below 2^31 (RFC 3261 §8.1.1.5).</param>
/// <param name="Method">The method, in its own case.</param>
public readonly record struct CSeqHeader(uint Number, string Method)
{
    /// <summary>Reads <c>1 INVITE</c>; leading zeros and any white space between are allowed.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out CSeqHeader value)
    {
        value = default;
        text = SipGrammar.Trim(text);
        var blank = text.IndexOfAny(' ', '\t');
        if (blank < 0 || !SipGrammar.TryNumber(text[..blank], int.MaxValue, out var number))
            return false;
        var method = SipGrammar.Trim(text[blank..]);
        if (!SipGrammar.IsToken(method))
            return false;
        value = new CSeqHeader(number, method switch
        {
            SipMethods.Invite => SipMethods.Invite,
            SipMethods.Ack => SipMethods.Ack,
            SipMethods.Bye => SipMethods.Bye,
            _ => method.ToString(),
        });
        return true;
    }

    /// <summary>Writes the value.</summary>
    public override string ToString() => $"{Number} {Method}";
}
