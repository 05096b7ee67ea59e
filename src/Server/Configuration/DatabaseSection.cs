namespace UnifiedMsg.Server.Configuration;

/// <summary>Where mailboxes and accounts are kept.</summary>
public sealed record DatabaseSection
{
    /// <summary>The engine.</summary>
    [Option("The database engine; sqlite keeps everything in the data folder and needs nothing else. postgresql: a server of version 15 or "
        + "later, which several servers of ours may share.")]
    public DatabaseEngine Engine { get; init; } = DatabaseEngine.Sqlite;

    /// <summary>The connection.</summary>
    [Option("How the engine `postgresql` is reached, in the words of Npgsql; `Passfile=` names a file with the password (of the form of "
        + ".pgpass). The database is UTF-8 and ours alone. Each server of ours uses up to 35 connections, which must not go through a pooler.",
        Example = "Host=db.example.test;Database=unifiedmsg;Username=unifiedmsg;Passfile=/etc/unifiedmsg/pgpass")]
    public string Connection { get; init; } = "";

    /// <summary>The patience.</summary>
    [Option("How long whatever needs the engine `postgresql` waits for it while it restarts; then clients are told to come again later. Calls "
        + "are taken all the same.", Minimum = "1s", Maximum = "10m")]
    public TimeSpan MaxOutage { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The folder of large contents.</summary>
    [Option("The folder of contents over 64 KiB; empty for `blobs` in the data folder. Servers that share a database must share this folder too, "
        + "on a file system that renames atomically and keeps what was synced (such as NFS 4 with the option sync); the data folder is each one's own.",
        IsPath = true, Example = "/mnt/shared/blobs")]
    public string Blobs { get; init; } = "";
}

/// <summary>The database engines of this version.</summary>
public enum DatabaseEngine
{
    /// <summary>One file in the data folder.</summary>
    Sqlite,

    /// <summary>A PostgreSQL server.</summary>
    Postgresql,
}
