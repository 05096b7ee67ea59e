using UnifiedMsg.Voicemail.DialPlans;

namespace UnifiedMsg.Voicemail.Tests.DialPlans;

public sealed class DialPlanMatchTests : IDisposable
{
    private static readonly DateTimeOffset Monday = new(2026, 11, 23, 9, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("dialplans-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_diverted_call_goes_to_the_mailbox_of_the_diverter()
    {
        var plan = Plan("steps:\n  - { diverted: any, by: \"{extension}\", mailbox: \"{extension}\" }\n  - { to: \"{extension}\", mailbox: \"{extension}\" }");
        Assert.Equal("1001", plan.Match(new CallFacts("5000", "2000", "1001", "no-answer", Monday)).Mailbox);
        var direct = plan.Match(new CallFacts("5000", "2000", null, "", Monday));
        Assert.Equal("5000", direct.Mailbox);
        Assert.Contains("not diverted", Assert.Single(direct.PassedOver), StringComparison.Ordinal);
    }

    [Fact]
    public void The_reason_decides_when_the_step_names_reasons()
    {
        var plan = Plan("steps:\n  - { diverted: [user-busy], mailbox: busy@example.test }\n  - { diverted: none, mailbox: direct@example.test }\n  - { reject: 480 }");
        Assert.Equal("busy@example.test", plan.Match(new CallFacts("1", "2", "3", "user-busy", Monday)).Mailbox);
        Assert.Equal("direct@example.test", plan.Match(new CallFacts("1", "2", null, "", Monday)).Mailbox);
        var rest = plan.Match(new CallFacts("1", "2", "3", "no-answer", Monday));
        Assert.Equal(480, rest.Step?.Reject);
        Assert.Equal(2, rest.PassedOver.Count);
    }

    [Fact]
    public void Times_are_read_in_the_zone_of_the_plan()
    {
        var plan = Plan("timezone: America/New_York\nsteps:\n  - { at: \"mon 04:00-05:00\", mailbox: \"1\" }");
        Assert.NotNull(plan.Match(new CallFacts("1", "2", null, "", Monday)).Step);
        var late = plan.Match(new CallFacts("1", "2", null, "", Monday.AddHours(1)));
        Assert.Null(late.Step);
        Assert.Contains("Mon 05:00 is not in 'mon 04:00-05:00'", Assert.Single(late.PassedOver), StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_earlier_step_captured_does_not_reach_a_later_one()
    {
        var plan = Plan("steps:\n  - { to: \"{extension}\", from: \"9\", mailbox: \"{extension}\" }\n  - { to: \"1001\", mailbox: \"7\" }");
        Assert.Equal("7", plan.Match(new CallFacts("1001", "2", null, "", Monday)).Mailbox);
    }

    private DialPlan Plan(string yaml)
    {
        File.WriteAllText(Path.Combine(_folder, "plan.yaml"), yaml);
        var (plan, problems) = DialPlanReader.Read(_folder);
        Assert.Empty(problems);
        return plan;
    }
}
