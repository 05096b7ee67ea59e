namespace UnifiedMsg.Server.Configuration;

/// <summary>Where mailboxes and accounts are kept.</summary>
public sealed record DatabaseSection
{
    /// <summary>The engine.</summary>
    [Option("The database engine; sqlite keeps everything in the data folder and needs nothing else.")]
    public DatabaseEngine Engine { get; init; } = DatabaseEngine.Sqlite;
}

/// <summary>The database engines of this version.</summary>
public enum DatabaseEngine
{
    /// <summary>One file in the data folder.</summary>
    Sqlite,
}
