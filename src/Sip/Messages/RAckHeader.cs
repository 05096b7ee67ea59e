namespace UnifiedMsg.Sip.Messages;

/// <summary>RFC 3262 §7.2: which reliable provisional response a PRACK is for.</summary>
/// <param name="RSeq">The RSeq of the response.</param>
/// <param name="CSeq">The CSeq of the response.</param>
public readonly record struct RAckHeader(uint RSeq, CSeqHeader CSeq)
{
    /// <summary>Reads <c>776656 1 INVITE</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out RAckHeader value)
    {
        value = default;
        text = SipGrammar.Trim(text);
        var blank = text.IndexOfAny(' ', '\t');
        if (blank < 0 || !SipGrammar.TryNumber(text[..blank], uint.MaxValue, out var number) || !CSeqHeader.TryParse(text[blank..], out var cseq))
            return false;
        value = new RAckHeader(number, cseq);
        return true;
    }

    /// <summary>Writes the value.</summary>
    public override string ToString() => $"{RSeq} {CSeq}";
}
