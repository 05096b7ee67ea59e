using UnifiedMsg.Database;

namespace UnifiedMsg.Store;

/// <summary>Tells a database that is away for a while from what is wrong with the request or with us: who asked may come again.</summary>
public static class Outage
{
    /// <summary>Whether a fault means that the mailboxes and the directory can't be reached or written at the moment.</summary>
    public static bool Is(Exception fault) => fault is DatabaseException;

    /// <summary>Whether nobody knows if a change was made: neither that it was nor that it was not may be said.</summary>
    public static bool LeavesOpen(Exception fault) => fault is UncertainCommitException;
}
