using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Media.Tests;

public class RealTimeTests
{
    // proc(5): the policy of a thread is the 41st field of its stat, the name in parentheses is the second; 2 is SCHED_RR (sched(7)).
    private const int Policy = 41 - 3;
    private const string RoundRobin = "2";

    [Fact]
    public void The_log_says_what_the_kernel_granted()
    {
        var log = new Messages();
        var policy = "";
        var thread = new Thread(() =>
        {
            RealTime.Ask(log);
            policy = PolicyOfThisThread();
        })
        { Name = "eager thread" };
        thread.Start();
        thread.Join();

        Assert.Equal(
            policy == RoundRobin
                ? "The eager thread runs at real-time priority"
                : "The eager thread runs at the priority of any other thread, since the system grants no real-time priority",
            Assert.Single(log.Lines));
    }

    [Fact]
    public void What_such_a_thread_begins_has_none_of_it()
    {
        var policy = "";
        var thread = new Thread(() =>
        {
            RealTime.Ask(new Messages());
            var begun = new Thread(() => policy = PolicyOfThisThread());
            begun.Start();
            begun.Join();
        });
        thread.Start();
        thread.Join();

        Assert.NotEqual(RoundRobin, policy);
    }

    private static string PolicyOfThisThread()
    {
        if (!OperatingSystem.IsLinux())
            return "none";
        var stat = File.ReadAllText("/proc/thread-self/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[Policy];
    }

    private sealed class Messages : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
