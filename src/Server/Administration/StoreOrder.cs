using UnifiedMsg.Store.Backup;

namespace UnifiedMsg.Server.Administration;

/// <summary>Work on the store that takes longer than an answer may.</summary>
public enum StoreJobKind
{
    /// <summary>Verify it, and mend it when asked to.</summary>
    Check,

    /// <summary>Bring a backup up to now, or follow.</summary>
    Backup,

    /// <summary>Put what one mailbox lacks of a backup into it.</summary>
    Restore,
}

/// <summary>What a job is to do.</summary>
public sealed record StoreJobOrder(StoreJobKind Kind)
{
    /// <summary>The folder of the backup, absolute.</summary>
    public string Path { get; init; } = "";

    /// <summary>Backup: go on after each commit until stopped.</summary>
    public bool Follow { get; init; }

    /// <summary>Backup: begin with a copy of the whole database.</summary>
    public bool NewBase { get; init; }

    /// <summary>Backup: how far back it must be possible to restore.</summary>
    public TimeSpan Keep { get; init; } = new BackupOptions().Keep;

    /// <summary>Restore: whose mailbox.</summary>
    public string Mailbox { get; init; } = "";

    /// <summary>Restore: only this folder and those below it.</summary>
    public string? Folder { get; init; }

    /// <summary>Restore: under this folder.</summary>
    public string? Into { get; init; }

    /// <summary>Restore: the latest commit wanted.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Check: mend what can be mended.</summary>
    public bool Repair { get; init; }
}
