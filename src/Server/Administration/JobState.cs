using UnifiedMsg.Store.Backup;
using UnifiedMsg.Store.Maintenance;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Server.Administration;

/// <summary>How a job stands.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Version">Grows with each change.</param>
/// <param name="Ended">Whether it is over.</param>
public sealed record JobState(string Id, long Version, bool Ended)
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

    /// <summary>How far the import or export is.</summary>
    public TransferProgress? Transfer { get; init; }

    /// <summary>What the import or export came to; at the end.</summary>
    public TransferReport? Transferred { get; init; }

    /// <summary>Why it can't be done, when the person asking can mend that.</summary>
    public string? Refusal { get; init; }

    /// <summary>What went wrong with us.</summary>
    public string? Fault { get; init; }
}

/// <summary>Asks how a job stands.</summary>
/// <param name="Id">Its name.</param>
/// <param name="After">The version known already: the answer waits a moment for a later one.</param>
public sealed record JobPoll(string Id, long After);
