namespace UnifiedMsg.TestEngines;

/// <summary>The engines on which the contract tests run.</summary>
public enum Engine
{
    /// <summary>One file in a folder.</summary>
    Sqlite,

    /// <summary>A server.</summary>
    PostgreSql,
}
