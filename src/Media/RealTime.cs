using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Media;

/// <summary>
/// Asks Linux to run a thread of media before all that has no such hurry (sched(7), SCHED_RR): a packet that waits for a compiler or a write
/// to the disk is heard late. The kernel grants it to root, to who has CAP_SYS_NICE and to who has a limit for it (systemd: LimitRTPRIO=1);
/// it keeps a part of each processor for the others however busy such a thread is. Without it the thread runs as any other.
/// </summary>
public static partial class RealTime
{
    private const int RoundRobin = 2;

    // What the thread begins, such as a program, does not inherit it.
    private const int ResetOnFork = 0x40000000;

    // The least: it is enough to be before those that have none.
    private const int Lowest = 1;

    /// <summary>Asks for the thread that calls it; the log says whether it was granted.</summary>
    public static unsafe void Ask(ILogger logger)
    {
        var granted = false;
        try
        {
            var priority = Lowest;
            granted = OperatingSystem.IsLinux() && SetScheduler(0, RoundRobin | ResetOnFork, &priority) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            // A system library without it.
        }
        var name = Thread.CurrentThread.Name ?? "";
        if (granted)
            Log.Granted(logger, name);
        else
            Log.Refused(logger, name);
    }

    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    private static unsafe partial int SetScheduler(int thread, int policy, int* parameters);

    private static partial class Log
    {
        [LoggerMessage(3011, LogLevel.Information, "The {Thread} runs at real-time priority")]
        public static partial void Granted(ILogger logger, string thread);

        [LoggerMessage(3012, LogLevel.Information, "The {Thread} runs at the priority of any other thread, since the system grants no real-time priority")]
        public static partial void Refused(ILogger logger, string thread);
    }
}
