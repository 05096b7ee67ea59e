using System.CommandLine;
using UnifiedMsg.Server.Hosting;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg run</c>: serves until it is told to stop.</summary>
internal static class RunCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("run", "Serve until SIGTERM or SIGINT; then let calls and connections end, and stop.");
        command.SetAction(async (arguments, stopping) =>
        {
            var options = await context.LoadOptionsAsync(arguments, stopping);
            using var loggers = LogSetup.Create(options.Log);
            await using var host = await ServerHost.StartAsync(options, loggers, context.Time, stopping);
            var endPoints = host.EndPoints.All().ToArray();
            context.Answer(
                arguments,
                new { @event = "ready", endPoints = endPoints.GroupBy(each => each.Key).ToDictionary(each => each.Key, each => each.Select(one => one.EndPoint)) },
                output =>
                {
                    foreach (var (key, endPoint) in endPoints)
                        output.WriteLine($"{key,-12} {endPoint}");
                    output.WriteLine("ready");
                });
            await context.Output.FlushAsync(CancellationToken.None);
            await Task.Delay(Timeout.InfiniteTimeSpan, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await host.StopAsync();
            return ExitCode.Done;
        });
        return command;
    }
}
