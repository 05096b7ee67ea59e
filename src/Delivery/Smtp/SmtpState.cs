namespace UnifiedMsg.Delivery.Smtp;

/// <summary>Where a session stands. RFC 5321 §4.1.4 has the order of commands.</summary>
[Flags]
internal enum SmtpState
{
    /// <summary>The client has not said hello.</summary>
    Greeted = 1,

    /// <summary>No mail transaction.</summary>
    Ready = 2,

    /// <summary>A sender, no recipient yet.</summary>
    HasSender = 4,

    /// <summary>A sender and a recipient at least.</summary>
    HasRecipient = 8,

    /// <summary>Between two chunks of BDAT. RFC 3030 §2.</summary>
    Chunking = 16,

    /// <summary>Any.</summary>
    Any = Greeted | Ready | HasSender | HasRecipient | Chunking,
}
