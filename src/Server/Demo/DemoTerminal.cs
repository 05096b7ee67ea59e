using System.Diagnostics;
using Spectre.Console;

namespace UnifiedMsg.Server.Demo;

/// <summary>The demo for people: a line a step with the time at which it was done; on a terminal also what is under way.</summary>
internal sealed class DemoTerminal(IAnsiConsole console) : IDemoDisplay
{
    private const string ClearLine = "\r\u001b[2K";

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly bool _live = console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi;

    public void Begin(string what)
    {
        if (!_live) return;
        // Beside Spectre, which would end the line: the next line takes its place.
        console.Profile.Out.Writer.Write($"{ClearLine}      … {what}");
        console.Profile.Out.Writer.Flush();
    }

    public void Done(string step, bool ok, string what, object? figures = null)
    {
        if (_live) console.Profile.Out.Writer.Write(ClearLine);
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
        table.AddRow($"hang-up{(result.Recogniser is null ? "" : " and transcription")} to message in an idling mail client", $"{result.HangUpToMailboxMs:0.0} ms");
        table.AddRow($"hang-up{(result.Recogniser is null ? "" : " and transcription")} to lamp on", $"{result.HangUpToLampMs:0.0} ms");
        table.AddRow("hang-up to missed-call notice", $"{result.MissedCallMs:0.0} ms");
        table.AddRow("message read to lamp off", $"{result.ReadToLampOffMs:0.0} ms");
        table.AddRow("recording compared with what was spoken", $"{result.Correlation:0.000} correlation");
        console.Write(table);
        console.MarkupLine($"[green]Everything happened[/], in {result.TotalSeconds:0.0} s.");
    }
}
