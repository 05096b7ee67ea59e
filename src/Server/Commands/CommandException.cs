namespace UnifiedMsg.Server.Commands;

/// <summary>A command can't do what it was asked to, and the person asking can tell why from the message.</summary>
/// <param name="exitCode">One of <see cref="Commands.ExitCode"/>.</param>
/// <param name="message">What is wrong and what to do.</param>
public sealed class CommandException(int exitCode, string message) : Exception(message)
{
    /// <summary>How the process ends.</summary>
    public int ExitCode { get; } = exitCode;
}
