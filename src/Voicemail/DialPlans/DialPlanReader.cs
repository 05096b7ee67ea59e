using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace UnifiedMsg.Voicemail.DialPlans;

/// <summary>Reads plan files; every problem of every file is reported at once.</summary>
public static class DialPlanReader
{
    /// <summary>Plans are written by hand; what is larger is not a plan.</summary>
    public const int MaxFileSize = 1024 * 1024;

    /// <summary>The keys of a plan file.</summary>
    internal static readonly string[] FileKeys = ["timezone", "lamp", "steps"];

    /// <summary>The keys of a step.</summary>
    internal static readonly string[] StepKeys =
        ["name", "to", "from", "by", "diverted", "at", "mailbox", "reject", "ring", "greeting", "tone", "maxLength", "silence", "finishKeys", "missedCall"];

    // RFC 5806 §4, and our own "any" and "none".
    private static readonly string[] Reasons =
    [
        "any", "none", "unknown", "user-busy", "no-answer", "unavailable", "unconditional", "time-of-day", "do-not-disturb",
        "deflection", "follow-me", "away",
    ];

    /// <summary>Reads one file, or every <c>*.yaml</c> file of a folder by name.</summary>
    public static (DialPlan Plan, IReadOnlyList<DialPlanProblem> Problems) Read(string path)
    {
        var problems = new List<DialPlanProblem>();
        string[] files = [];
        if (Directory.Exists(path)) files = [.. Directory.GetFiles(path, "*.yaml").Order(StringComparer.Ordinal)];
        else if (File.Exists(path)) files = [path];
        else problems.Add(new DialPlanProblem(path, 1, 1, "no such file or folder"));
        if (files.Length == 0 && problems.Count == 0) problems.Add(new DialPlanProblem(path, 1, 1, "no *.yaml file in this folder"));

        var steps = new List<Step>();
        var lamps = new List<string>();
        foreach (var file in files) ReadFile(file, steps, lamps, problems);
        return (new DialPlan(steps, lamps), problems);
    }

    private static void ReadFile(string file, List<Step> steps, List<string> lamps, List<DialPlanProblem> problems)
    {
        if (Load(file, problems) is not { } root) return;
        root.Allow(FileKeys);
        var zone = ReadTimeZone(root);
        lamps.AddRange(root.Values("lamp", ReadLampTarget));
        if (!root.Has("steps")) root.Report(null, "the file has no 'steps'");
        foreach (var node in root.Mappings("steps")) steps.Add(ReadStep(file, node, zone));
    }

    private static PlanNode? Load(string file, List<DialPlanProblem> problems)
    {
        try
        {
            if (new FileInfo(file).Length > MaxFileSize)
            {
                problems.Add(new DialPlanProblem(file, 1, 1, $"the file is larger than {MaxFileSize} octets"));
                return null;
            }

            using var text = new StreamReader(file);
            var yaml = new YamlStream();
            yaml.Load(text);
            if (yaml.Documents is [{ RootNode: YamlMappingNode mapping }]) return new PlanNode(file, mapping, problems);
            problems.Add(new DialPlanProblem(file, 1, 1, "a plan is one YAML document with the key 'steps'"));
        }
        catch (YamlException error)
        {
            problems.Add(new DialPlanProblem(file, error.Start.Line, error.Start.Column, $"not YAML: {error.InnerException?.Message ?? error.Message}"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add(new DialPlanProblem(file, 1, 1, error.Message));
        }

        return null;
    }

    private static TimeZoneInfo ReadTimeZone(PlanNode root)
    {
        var id = root.Text("timezone");
        if (id is null) return TimeZoneInfo.Local;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone)) return zone;
        root.Report("timezone", $"this machine knows no time zone '{id}'; write a name such as Europe/Berlin or UTC");
        return TimeZoneInfo.Utc;
    }

    private static (string?, string?) ReadLampTarget(string text) =>
        text.StartsWith("sip:", StringComparison.OrdinalIgnoreCase) || text.StartsWith("sips:", StringComparison.OrdinalIgnoreCase)
            ? (text, null)
            : (null, $"'{text}' is not a SIP URI; write it as in sip:{{extension}}@10.0.0.5");

    private static Step ReadStep(string file, PlanNode node, TimeZoneInfo zone)
    {
        node.Allow(StepKeys);
        var step = new Step
        {
            Name = node.Text("name") ?? "unnamed",
            Source = $"{Path.GetFileName(file)}:{node.Start().Line}",
            To = node.Values("to", ReadPattern),
            From = node.Values("from", ReadPattern),
            By = node.Values("by", ReadPattern),
            Diverted = node.Values("diverted", ReadReason),
            At = node.Values("at", ReadWindow),
            TimeZone = zone,
            Mailbox = node.Text("mailbox"),
            Reject = ReadReject(node),
            LeaveMessage = ReadLeaveMessage(file, node),
        };
        if (node.Has("mailbox") == node.Has("reject"))
            node.Report(null, "a step has either 'mailbox' (whose) or 'reject' (a SIP status such as 404)");
        if (step.Mailbox is not null) CheckPlaceholders(node, step);
        return step;
    }

    private static (NumberPattern?, string?) ReadPattern(string text) =>
        NumberPattern.TryParse(text, out var pattern, out var error) ? (pattern, null) : (null, error);

    private static (TimeWindow?, string?) ReadWindow(string text) =>
        TimeWindow.TryParse(text, out var window, out var error) ? (window, null) : (null, error);

    private static (string?, string?) ReadReason(string text) =>
        Reasons.Contains(text) ? (text, null) : (null, $"'{text}' is not a reason; write one of: {string.Join(", ", Reasons)}");

    private static int? ReadReject(PlanNode node)
    {
        var text = node.Text("reject");
        if (text is null) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 400 and <= 699) return status;
        node.Report("reject", $"'reject' takes a SIP status from 400 to 699, such as 404 (not found), 486 (busy) or 603 (decline), not '{text}'");
        return 404;
    }

    private static LeaveMessageOptions ReadLeaveMessage(string file, PlanNode node)
    {
        var otherwise = new LeaveMessageOptions();
        var keys = node.Text("finishKeys") ?? otherwise.FinishKeys;
        if (keys != "none" && !keys.All(c => char.IsAsciiDigit(c) || c is '#' or '*'))
            node.Report("finishKeys", $"'finishKeys' takes telephone keys (0-9 * #) or none, not '{keys}'");
        return new LeaveMessageOptions
        {
            Ring = node.Duration("ring", otherwise.Ring, TimeSpan.Zero, TimeSpan.FromMinutes(2)),
            Greeting = ReadGreeting(file, node),
            Tone = node.Flag("tone", otherwise.Tone),
            MaxLength = node.Duration("maxLength", otherwise.MaxLength, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
            Silence = node.Duration("silence", otherwise.Silence, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
            FinishKeys = keys == "none" ? "" : keys,
            MissedCall = node.Flag("missedCall", otherwise.MissedCall),
        };
    }

    private static string? ReadGreeting(string file, PlanNode node)
    {
        var name = node.Text("greeting");
        if (name is null) return null;
        var path = Path.GetFullPath(name, Path.GetDirectoryName(Path.GetFullPath(file))!);
        if (!File.Exists(path)) node.Report("greeting", $"no file '{path}'; a greeting is a WAV, MP3 or Ogg file, its path relative to this file");
        return path;
    }

    // A name is only sure to have a value when every pattern of one condition captures it.
    private static void CheckPlaceholders(PlanNode node, Step step)
    {
        var sure = new[] { step.To, step.From, step.By }
            .Where(patterns => patterns.Count > 0)
            .SelectMany(patterns => patterns.Select(p => p.Captures.AsEnumerable()).Aggregate((a, b) => a.Intersect(b)))
            .ToHashSet();
        var mailbox = step.Mailbox!;
        for (var open = mailbox.IndexOf('{'); open >= 0; open = mailbox.IndexOf('{', open + 1))
        {
            var close = mailbox.IndexOf('}', open);
            var name = close < 0 ? mailbox[(open + 1)..] : mailbox[(open + 1)..close];
            if (close >= 0 && sure.Contains(name)) continue;
            node.Report("mailbox", $"'mailbox' uses '{{{name}}}', which not every pattern of 'to', 'from' or 'by' captures; write it into the patterns, as in to: \"{{{name}}}\"");
            return;
        }
    }
}
