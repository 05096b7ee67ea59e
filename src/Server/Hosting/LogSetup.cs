using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Server.Hosting;

/// <summary>Logging to standard error, so that standard output stays what a command answers.</summary>
internal static class LogSetup
{
    public static ILoggerFactory Create(LogSection options) => LoggerFactory.Create(builder =>
    {
        builder.SetMinimumLevel(options.Level);
        // Kestrel tells of each connection; ours say the same with our own ids.
        builder.AddFilter("Microsoft", options.Level > LogLevel.Warning ? options.Level : LogLevel.Warning);
        if (options.Format == LogFormat.Json)
            builder.AddJsonConsole(console => console.UseUtcTimestamp = true);
        else
        {
            builder.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }
        builder.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    });
}
