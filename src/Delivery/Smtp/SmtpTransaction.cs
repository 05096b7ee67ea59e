using UnifiedMsg.Delivery.Smtp.Intake;

namespace UnifiedMsg.Delivery.Smtp;

/// <summary>One mail transaction: from MAIL to the end of the data, RSET or a new hello.</summary>
internal sealed class SmtpTransaction
{
    public SmtpTransaction(string sender, bool smtpUtf8, long declaredSize)
    {
        Sender = sender;
        SmtpUtf8 = smtpUtf8;
        DeclaredSize = declaredSize;
    }

    /// <summary>The reverse-path; empty for the null one.</summary>
    public string Sender { get; }

    /// <summary>Whether MAIL had SMTPUTF8. RFC 6531 §3.4.</summary>
    public bool SmtpUtf8 { get; }

    /// <summary>What the client says that the message will have in octets, or 0 when it says nothing. RFC 1870 §6.</summary>
    public long DeclaredSize { get; }

    /// <summary>The forward-paths accepted, in their order. LMTP answers for each of them (RFC 2033 §4.2), also for one named twice.</summary>
    public List<string> Recipients { get; } = [];

    /// <summary>The chunks so far, once BDAT began.</summary>
    public ChunkedMessage? Chunks { get; set; }
}
