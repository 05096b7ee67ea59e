using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Registrar;

/// <summary>One Contact of a REGISTER.</summary>
/// <param name="Address">The contact.</param>
/// <param name="Expires">How long, as asked for; null when it says nothing.</param>
/// <param name="Preference">Its q.</param>
internal sealed record RegisterContact(NameAddress Address, TimeSpan? Expires, double Preference);

/// <summary>What a REGISTER wants (RFC 3261 §10.3 steps 6 and 7, RFC 5626 §4.2).</summary>
/// <param name="RemovesAll"><c>Contact: *</c>.</param>
/// <param name="Contacts">What to add, refresh or remove; empty for a question.</param>
internal sealed record RegisterOrder(bool RemovesAll, IReadOnlyList<RegisterContact> Contacts)
{
    /// <summary>RFC 3261 §20.10: what a malformed parameter <c>expires</c> is taken for.</summary>
    private static readonly TimeSpan Malformed = TimeSpan.FromSeconds(3600);

    /// <summary>Null when it is not well-formed, to be answered with 400.</summary>
    public static RegisterOrder? Read(SipRequest request)
    {
        TimeSpan? common = null;
        if (request.Headers[SipHeaderNames.Expires] is { } text)
        {
            if (!TryExpires(text, out var expires))
                return null;
            common = expires;
        }
        var values = request.Headers.Values(SipHeaderNames.Contact).ToList();
        if (values.Contains("*"))
            return values.Count == 1 && common == TimeSpan.Zero ? new RegisterOrder(true, []) : null;
        var contacts = new List<RegisterContact>(values.Count);
        foreach (var value in values)
        {
            if (ReadContact(value, common) is not { } contact)
                return null;
            contacts.Add(contact);
        }
        return new RegisterOrder(false, contacts);
    }

    // What can't be called can't be a contact either.
    private static RegisterContact? ReadContact(string text, TimeSpan? common)
    {
        if (!NameAddress.TryParse(text, out var address) || !address.Uri.IsSip)
            return null;
        if (address.Parameters["expires"] is { } own)
            common = TryExpires(own, out var expires) ? expires : Malformed;
        return address.TryPreference(out var preference) ? new RegisterContact(address, common, preference) : null;
    }

    // RFC 3261 §20.19: from 0 to 2^32−1 seconds; what is beyond any sense is as good as the longest that is granted.
    private static bool TryExpires(string text, out TimeSpan expires)
    {
        var good = SipGrammar.TryNumber(text, uint.MaxValue, out var seconds);
        expires = TimeSpan.FromSeconds(seconds);
        return good;
    }
}
