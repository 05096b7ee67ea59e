using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Server.Configuration;

/// <summary>What is logged.</summary>
public sealed record LogSection
{
    /// <summary>The level.</summary>
    [Option("The least level that is logged; debug shows each command and each SIP message, without secrets.")]
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>The format.</summary>
    [Option("Lines for people, or one JSON object a line.")]
    public LogFormat Format { get; init; } = LogFormat.Text;
}

/// <summary>How log lines look.</summary>
public enum LogFormat
{
    /// <summary>Lines for people.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}
