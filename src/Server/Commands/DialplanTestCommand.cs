using System.CommandLine;
using System.Globalization;
using UnifiedMsg.Voicemail.DialPlans;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg dialplan test</c>: what the plan does with a call, and why.</summary>
internal static class DialplanTestCommand
{
    public static Command Create(CommandContext context)
    {
        var to = new Option<string>("--to") { Description = "The number dialled.", Required = true, HelpName = "N" };
        var from = new Option<string>("--from") { Description = "The caller's number.", HelpName = "N", DefaultValueFactory = _ => "" };
        var at = new Option<string?>("--at") { Description = "The time of the call, as in 2026-11-23T18:30. Default: now.", HelpName = "TIME" };
        var by = new Option<string?>("--diverted-by") { Description = "The number that diverted the call, and perhaps why: 1001 or 1001;user-busy.", HelpName = "R" };
        var command = new Command("test", "Say which step of the dial plan takes a call, why, and what the caller hears.") { to, from, at, by };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var options = await context.LoadOptionsAsync(arguments, cancellationToken);
            var (plan, problems) = DialPlanReader.Read(options.Dialplans);
            if (problems.Count > 0) throw new DialPlanException(problems);
            var diverted = arguments.GetValue(by)?.Split(';', 2);
            var call = new CallFacts(
                arguments.GetRequiredValue(to), arguments.GetValue(from)!, diverted?[0],
                diverted is null ? "" : diverted.Length == 2 ? diverted[1] : "unknown", Time(arguments.GetValue(at), context.Time));
            return Tell(context, arguments, call, plan.Match(call));
        });
        return command;
    }

    private static DateTimeOffset Time(string? text, TimeProvider time)
    {
        if (text is null) return time.GetLocalNow();
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var at)
            ? at
            : throw new CommandException(ExitCode.Usage, $"--at: '{text}' is not a time; write it as in 2026-11-23T18:30 or 2026-11-23T18:30+01:00");
    }

    private static int Tell(CommandContext context, ParseResult arguments, CallFacts call, DialPlanResult result)
    {
        var hears = Hears(result).ToList();
        context.Answer(
            arguments,
            new
            {
                ok = result.Mailbox is not null,
                step = result.Step?.Name,
                source = result.Step?.Source,
                mailbox = result.Mailbox,
                reject = result.Step is null ? 404 : result.Step.Reject,
                captured = result.Captured,
                passedOver = result.PassedOver,
                hears,
            },
            output =>
            {
                foreach (var reason in result.PassedOver) output.WriteLine($"passed over  {reason}");
                output.WriteLine(result.Step is null ? "no step matches" : $"matches      {result.Step.Source} '{result.Step.Name}'");
                output.WriteLine($"call         {call.From} -> {call.To}{(call.DivertedBy is null ? "" : $", diverted by {call.DivertedBy} ({call.Reason})")}, {call.At:ddd yyyy-MM-dd HH:mm zzz}");
                if (result.Mailbox is not null) output.WriteLine($"mailbox      {result.Mailbox}");
                foreach (var line in hears) output.WriteLine($"caller hears {line}");
            });
        return result.Mailbox is not null ? ExitCode.Done : ExitCode.Wrong;
    }

    private static IEnumerable<string> Hears(DialPlanResult result)
    {
        if (result.Mailbox is null)
        {
            yield return $"the refusal {result.Step?.Reject ?? 404} as the phone shows it";
            yield break;
        }

        var options = result.Step!.LeaveMessage;
        if (options.Ring > TimeSpan.Zero) yield return $"ringing for {options.Ring.TotalSeconds:0.#} s";
        yield return options.Greeting is null ? "the greeting built in" : $"the greeting {options.Greeting}";
        if (options.Tone) yield return "the tone";
        var keys = options.FinishKeys.Length == 0 ? "" : $", until one of the keys {options.FinishKeys}";
        yield return $"nothing while the message is recorded: until hang-up{keys}, {options.Silence.TotalSeconds:0.#} s of silence, or {options.MaxLength.TotalSeconds:0.#} s";
        yield return "\"your message has been sent, goodbye\", unless hung up before";
    }
}
