namespace UnifiedMsg.Voicemail.DialPlans;

/// <summary>The steps of all plan files in the order of the file names; the first that matches a call decides.</summary>
/// <param name="Steps">The steps.</param>
/// <param name="LampTargets">SIP URIs, with <c>{extension}</c>, that are told of waiting messages without having subscribed.</param>
public sealed record DialPlan(IReadOnlyList<Step> Steps, IReadOnlyList<string> LampTargets)
{
    /// <summary>A plan in which nothing matches.</summary>
    public static DialPlan Empty { get; } = new([], []);

    /// <summary>Finds the step for a call, and says of each step that was passed over why.</summary>
    public DialPlanResult Match(CallFacts call)
    {
        var passed = new List<string>();
        foreach (var step in Steps)
        {
            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            if (WhyNot(step, call, values) is { } reason)
            {
                passed.Add($"{step.Source} '{step.Name}': {reason}");
                continue;
            }

            var mailbox = step.Mailbox is null ? null : Fill(step.Mailbox, values);
            return new DialPlanResult(step, mailbox, values, passed);
        }

        return new DialPlanResult(null, null, new Dictionary<string, string>(), passed);
    }

    /// <summary>Puts captured values in the place of <c>{name}</c>.</summary>
    internal static string Fill(string template, IReadOnlyDictionary<string, string> values)
    {
        foreach (var (name, value) in values) template = template.Replace("{" + name + "}", value, StringComparison.Ordinal);
        return template;
    }

    private static string? WhyNot(Step step, CallFacts call, Dictionary<string, string> values)
    {
        if (!MatchesAny(step.To, call.To, values)) return $"'{call.To}' was dialled, not {List(step.To)}";
        if (!MatchesAny(step.From, call.From, values)) return $"the caller '{call.From}' is not {List(step.From)}";
        if (step.By.Count > 0 && call.DivertedBy is null) return "the call was not diverted";
        if (!MatchesAny(step.By, call.DivertedBy ?? "", values)) return $"'{call.DivertedBy}' diverted the call, not {List(step.By)}";
        if (WhyNotDiverted(step, call) is { } reason) return reason;
        if (step.At.Count == 0) return null;
        var local = TimeZoneInfo.ConvertTime(call.At, step.TimeZone).DateTime;
        return step.At.Any(window => window.Contains(local))
            ? null
            : $"{local:ddd HH:mm} is not in {string.Join(" or ", step.At.Select(window => $"'{window.Text}'"))}";
    }

    private static string? WhyNotDiverted(Step step, CallFacts call)
    {
        if (step.Diverted.Count == 0) return null;
        if (call.DivertedBy is null) return step.Diverted.Contains("none") ? null : "the call was not diverted";
        if (step.Diverted.Contains("any") || step.Diverted.Contains(call.Reason)) return null;
        return $"the call was diverted for '{call.Reason}', not for {string.Join(" or ", step.Diverted.Select(r => $"'{r}'"))}";
    }

    private static bool MatchesAny(IReadOnlyList<NumberPattern> patterns, string number, Dictionary<string, string> values) =>
        patterns.Count == 0 || patterns.Any(pattern => pattern.Matches(number, values));

    private static string List(IReadOnlyList<NumberPattern> patterns) => string.Join(" or ", patterns.Select(p => $"'{p.Text}'"));
}

/// <summary>What the plan looks at in a call.</summary>
/// <param name="To">The number dialled.</param>
/// <param name="From">The caller's number.</param>
/// <param name="DivertedBy">The number that diverted the call to us, or null.</param>
/// <param name="Reason">Why it was diverted, as in RFC 5806 §4 (<c>no-answer</c>, <c>user-busy</c> …); empty when it was not.</param>
/// <param name="At">When.</param>
public sealed record CallFacts(string To, string From, string? DivertedBy, string Reason, DateTimeOffset At);

/// <summary>What the plan says of a call.</summary>
/// <param name="Step">The step that matched, or null: the call is refused with 404.</param>
/// <param name="Mailbox">Extension or address of the mailbox, or null when the step rejects or none matched.</param>
/// <param name="Captured">What the patterns captured.</param>
/// <param name="PassedOver">Why each earlier step did not match.</param>
public sealed record DialPlanResult(
    Step? Step, string? Mailbox, IReadOnlyDictionary<string, string> Captured, IReadOnlyList<string> PassedOver);
