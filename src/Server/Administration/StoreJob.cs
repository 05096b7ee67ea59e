using UnifiedMsg.Store.Backup;
using UnifiedMsg.Store.Maintenance;

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

/// <summary>How a job stands.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Version">Grows with each change.</param>
/// <param name="Ended">Whether it is over.</param>
public sealed record StoreJobState(string Id, long Version, bool Ended)
{
    /// <summary>How the backup stands.</summary>
    public BackupStatus? Backup { get; init; }

    /// <summary>What was put back so far.</summary>
    public MailboxRestoreResult? Restored { get; init; }

    /// <summary>Of which moment the restored state is.</summary>
    public DateTimeOffset? StateOf { get; init; }

    /// <summary>What the check found; at the end.</summary>
    public StoreReport? Report { get; init; }

    /// <summary>What it does now, for people.</summary>
    public string? Progress { get; init; }

    /// <summary>Why it can't be done, when the person asking can mend that.</summary>
    public string? Refusal { get; init; }

    /// <summary>What went wrong with us.</summary>
    public string? Fault { get; init; }
}

/// <summary>Asks how a job stands.</summary>
/// <param name="Id">Its name.</param>
/// <param name="After">The version known already: the answer waits a moment for a later one.</param>
public sealed record StoreJobPoll(string Id, long After);
