using System.CommandLine;
using UnifiedMsg.Sip.Tracing;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg trace</c>: what went over SIP, from the memory of the running server.</summary>
internal static class TraceCommand
{
    public static Command Create(CommandContext context)
    {
        var call = new Argument<string?>("CALL")
        {
            Description = "The call: its name in the log (c12), its Call-ID, or the beginning of that. Without it: a list of the last ones.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var full = new Option<bool>("--full") { Description = "Show the whole of each message." };
        var capture = new Option<string?>("--capture")
        {
            Description = "Write a file for Wireshark: of the call, or of all that comes from now on.",
            HelpName = "FILE",
        };
        var seconds = new Option<int>("--seconds")
        {
            Description = "How long to capture, at most; Ctrl-C ends it before.",
            HelpName = "S",
            DefaultValueFactory = _ => 60,
        };
        var command = new Command("trace", "The last calls over SIP, message by message, with secrets masked.") { call, full, capture, seconds };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var name = arguments.GetValue(call);
            if (arguments.GetValue(capture) is { } file)
                return await CaptureAsync(context, arguments, name, context.Resolve(file), arguments.GetValue(seconds), cancellationToken);
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            if (name is null)
                List(context, arguments, await administration.ListTracesAsync(cancellationToken));
            else
                Show(context, arguments, await administration.ShowTraceAsync(name, cancellationToken), arguments.GetValue(full));
            return ExitCode.Done;
        });
        return command;
    }

    private static void List(CommandContext context, ParseResult arguments, IReadOnlyList<TraceSummary> calls) => context.Answer(arguments, calls, output => TextTable.Write(
        output,
        ["CALL", "BEGAN", "", "METHOD", "FROM", "TO", "RESULT", "CALL-ID"],
        calls.Select(each => new[]
        {
            each.Id.Length > 0 ? each.Id : "-", $"{each.Began:u}", each.Outgoing ? "out" : "in", each.Method, each.From, each.To, each.Result, each.CallId,
        }.Select(TextTable.Printable).ToArray())));

    private static void Show(CommandContext context, ParseResult arguments, TracedExchange exchange, bool full)
    {
        var forPrograms = new
        {
            exchange.Id,
            exchange.CallId,
            exchange.Dropped,
            Messages = exchange.Messages.Select(each => new { each.At, each.Outgoing, each.Transport, each.Local, each.Remote, Text = each.Text() }),
        };
        context.Answer(arguments, forPrograms, output =>
        {
            foreach (var line in CallLadder.Draw(exchange, full))
                output.WriteLine(TextTable.Printable(line));
        });
    }

    private static async Task<int> CaptureAsync(
        CommandContext context, ParseResult arguments, string? name, string file, int seconds, CancellationToken cancellationToken)
    {
        await using var administration = await context.AdministerAsync(arguments, cancellationToken);
        var result = name is null
            ? await CaptureFile.OfAllAsync(administration, file, TimeSpan.FromSeconds(seconds), context.Time, cancellationToken)
            : await CaptureFile.OfOneAsync(await administration.ShowTraceAsync(name, cancellationToken), file);
        context.Answer(arguments, result, output => output.WriteLine(
            $"{result.Messages} messages in {result.File}{(result.Lost > 0 ? $"; {result.Lost} were lost, more came than could be kept" : "")}{(result.Full ? "; ended at the greatest size" : "")}"));
        return ExitCode.Done;
    }
}
