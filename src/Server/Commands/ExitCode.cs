namespace UnifiedMsg.Server.Commands;

/// <summary>What the exit codes of the program mean; scripts rely on them.</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>What was asked about is wrong: a configuration, a dial plan, a taken address, a busy port.</summary>
    public const int Wrong = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The server or the store can't be reached.</summary>
    public const int Unreachable = 3;

    /// <summary>Ended by a signal before it was done: 128 and SIGINT, as shells say it.</summary>
    public const int Interrupted = 130;
}
