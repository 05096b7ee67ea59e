namespace UnifiedMsg.Store.Transfer;

/// <summary>How mail is kept elsewhere.</summary>
public enum TransferFormat
{
    /// <summary>Many messages in a file.</summary>
    Mbox,

    /// <summary>A file for each message, its flags in the name.</summary>
    Maildir,

    /// <summary>A file for each message, as it was sent.</summary>
    Eml,

    /// <summary>Another server.</summary>
    Imap,
}
