using System.Diagnostics;
using Spectre.Console;

namespace UnifiedMsg.Server.Demo;

/// <summary>The demo for people: a line a step with the time at which it was done; on a terminal also what is under way.</summary>
internal sealed class DemoTerminal(IAnsiConsole console) : IDemoDisplay
{
    private readonly long _started = Stopwatch.GetTimestamp();

    public void Begin(string what)
    {
        if (console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal) console.Markup($"[grey]      … {Markup.Escape(what)}[/]\r");
    }

    public void Done(string step, bool ok, string what, object? figures = null)
    {
        if (console.Profile.Out.IsTerminal) console.Write("\u001b[2K");
        var mark = ok ? "[green]✓[/]" : "[red]✗[/]";
        console.MarkupLine($"[grey]{Stopwatch.GetElapsedTime(_started).TotalSeconds,5:0.0}[/] {mark} {Markup.Escape(what)}");
    }

    public void Tell(IEnumerable<string> lines)
    {
        foreach (var line in lines) console.MarkupLine($"        [grey]{Markup.Escape(line)}[/]");
    }

    public void Finish(DemoResult result)
    {
        console.WriteLine();
        if (!result.Ok)
        {
            console.MarkupLine("[red]Not everything happened:[/]");
            foreach (var failure in result.Failures) console.MarkupLine($"  {Markup.Escape(failure)}");
            return;
        }

        var table = new Table().Border(TableBorder.Simple).HideHeaders().AddColumn("").AddColumn(new TableColumn("").RightAligned());
        table.AddRow("INVITE to answer", $"{result.InviteToAnswerMs:0.0} ms");
        table.AddRow("hang-up to message in an idling mail client", $"{result.HangUpToMailboxMs:0.0} ms");
        table.AddRow("hang-up to lamp on", $"{result.HangUpToLampMs:0.0} ms");
        table.AddRow("hang-up to missed-call notice", $"{result.MissedCallMs:0.0} ms");
        table.AddRow("message read to lamp off", $"{result.ReadToLampOffMs:0.0} ms");
        table.AddRow("recording compared with what was spoken", $"{result.Correlation:0.000} correlation");
        console.Write(table);
        console.MarkupLine($"[green]Everything happened[/], in {result.TotalSeconds:0.0} s.");
    }
}
