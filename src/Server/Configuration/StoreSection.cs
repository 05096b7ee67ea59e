namespace UnifiedMsg.Server.Configuration;

/// <summary>How mailboxes and contents are kept.</summary>
public sealed record StoreSection
{
    /// <summary>The retention of deleted items.</summary>
    [Option("How long what people delete can be put back with `unifiedmsg store undelete`; 0 keeps nothing.", Maximum = "3650d")]
    public TimeSpan DeletedItemRetention { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Encryption.</summary>
    [Option("Encryption of messages on the disk. Without keys there is none.")]
    public StoreEncryptionSection Encryption { get; init; } = new();
}

/// <summary>Encryption at rest.</summary>
public sealed record StoreEncryptionSection
{
    /// <summary>The file of keys.</summary>
    [Option("File with the keys, mode 0600: one a line, an id and 32 octets in base64 (openssl rand -base64 32). New messages are encrypted with the first key, or the one after an asterisk; the others still read, until `unifiedmsg store rekey` says that nothing needs them. Without its key no message can be read: keep a copy elsewhere.",
        IsPath = true, Example = "/etc/unifiedmsg/store.keys")]
    public string Keys { get; init; } = "";

    /// <summary>The variable of keys.</summary>
    [Option("Name of the environment variable with the keys, instead of a file; a semicolon may stand for the end of a line.", Example = "STORE_KEYS")]
    public string Variable { get; init; } = "";
}
