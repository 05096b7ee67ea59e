using System.CommandLine;
using UnifiedMsg.Server.Administration;
using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Server.Commands;

/// <summary><c>unifiedmsg status</c>: how the running server stands.</summary>
internal static class StatusCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("status", "How the running server stands: calls, phones, providers, gateways, and who is shut out.");
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var administration = await context.AdministerAsync(arguments, cancellationToken);
            var status = await administration.ShowStatusAsync(cancellationToken);
            context.Answer(arguments, status, output => Write(output, status));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(TextWriter output, ServerStatus status)
    {
        output.WriteLine($"UnifiedMsg {status.Version}, up for {Format(status.UptimeSeconds)} since {status.Started:u}");
        output.WriteLine($"calls up: {status.Calls}; phones registered: {status.Phones}");
        output.WriteLine($"SIP on: {(status.Sip.Count == 0 ? "nothing" : string.Join(", ", status.Sip))}");
        output.WriteLine($"search index: {Describe(status.Search)}");
        if (status.Backfill is { } backfill)
            output.WriteLine($"after an upgrade: {backfill.Percent} % of the {backfill.What} are found");
        Write(output, ["REGISTRATION", "STATE", "SERVER", "EXPIRES", "LAST ERROR"], status.Registrations.Select(each =>
            new[] { each.Name, Lower(each.State), each.Server, each.Expires is { } end ? $"{end:u}" : "-", each.LastError ?? "-" }));
        Write(output, ["GATEWAY", "STATE", "SINCE", "LAST ANSWER"], status.Gateways.Select(each =>
            new[] { each.Name, Lower(each.State), $"{each.Since:u}", each.LastAnswer ?? "-" }));
        Write(output, ["SHUT OUT", "FOR", "STILL"], status.Blocked.Select(each =>
            new[] { each.Source, Lower(each.Offence), Format(each.RemainingSeconds) }));
    }

    private static void Write(TextWriter output, string[] titles, IEnumerable<string[]> rows)
    {
        string[][] all = [.. rows.Select(row => row.Select(TextTable.Printable).ToArray())];
        if (all.Length == 0)
            return;
        output.WriteLine();
        TextTable.Write(output, titles, all);
    }

    private static string Describe(SearchStatus search) => search.State == SearchState.Off
        ? "off, searches read every message"
        : $"{Lower(search.State)}, {search.Octets >> 20} MB{(search.Behind > 0 ? $", {search.Behind} messages behind for {Format(search.LagSeconds)}" : "")}";

    // FailedLogin → failed login.
    private static string Lower<T>(T value)
        where T : struct, Enum => string.Concat(value.ToString().Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : " ") + char.ToLowerInvariant(c) : c.ToString()));

    private static string Format(long seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        return time.Days > 0 ? $"{time.Days} d {time:hh\\:mm\\:ss}" : $"{time:hh\\:mm\\:ss}";
    }
}
