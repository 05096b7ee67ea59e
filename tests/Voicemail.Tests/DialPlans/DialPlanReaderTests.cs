using UnifiedMsg.Voicemail.DialPlans;

namespace UnifiedMsg.Voicemail.Tests.DialPlans;

public sealed class DialPlanReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dialplans-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Steps_of_all_files_are_in_the_order_of_the_names()
    {
        Write("20.yaml", "steps: [{ name: second, to: \"2\", mailbox: \"2\" }]");
        Write("10.yaml", "steps: [{ name: first, to: \"1\", mailbox: \"1\" }]");
        var (plan, problems) = DialPlanReader.Read(_folder);
        Assert.Empty(problems);
        Assert.Equal(["first", "second"], plan.Steps.Select(step => step.Name));
    }

    [Fact]
    public void Every_option_of_a_step_is_read()
    {
        Write("greeting.wav", "");
        Write("plan.yaml", """
            timezone: UTC
            lamp: "sip:{extension}@127.0.0.1"
            steps:
              - name: all
                mailbox: sales@example.test
                ring: 1.5s
                greeting: greeting.wav
                tone: false
                maxLength: 2m
                silence: 3s
                finishKeys: "*#"
                missedCall: false
            """);
        var (plan, problems) = DialPlanReader.Read(_folder);
        Assert.Empty(problems);
        var options = plan.Steps.Single().LeaveMessage;
        Assert.Equal(
            new LeaveMessageOptions
            {
                Ring = TimeSpan.FromSeconds(1.5),
                Greeting = Path.Combine(_folder, "greeting.wav"),
                Tone = false,
                MaxLength = TimeSpan.FromMinutes(2),
                Silence = TimeSpan.FromSeconds(3),
                FinishKeys = "*#",
                MissedCall = false,
            },
            options);
        Assert.Equal(["sip:{extension}@127.0.0.1"], plan.LampTargets);
    }

    [Theory]
    [InlineData("stepz: []\nsteps: []", 1, 1, "did you mean 'steps'?")]
    [InlineData("steps:\n  - mailbx: \"1\"\n    mailbox: \"1\"", 2, 5, "did you mean 'mailbox'?")]
    [InlineData("steps:\n  - mailbox: \"1\"\n    quantum: 1", 3, 5, "write one of: name, to")]
    [InlineData("steps:\n  - to: \"1(\"\n    mailbox: \"1\"", 2, 9, "'(' can't stand")]
    [InlineData("steps:\n  - to: \"1\"", 2, 5, "either 'mailbox'")]
    [InlineData("steps:\n  - mailbox: \"1\"\n    reject: 404", 2, 5, "either 'mailbox'")]
    [InlineData("steps:\n  - reject: 200", 2, 13, "from 400 to 699")]
    [InlineData("steps:\n  - mailbox: \"{extension}\"", 2, 14, "not every pattern")]
    [InlineData("steps:\n  - to: [\"{extension}\", \"1\"]\n    mailbox: \"{extension}\"", 3, 14, "not every pattern")]
    [InlineData("steps:\n  - mailbox: \"1\"\n    ring: 3 days", 3, 11, "a length of time from 0s to 2m")]
    [InlineData("steps:\n  - mailbox: \"1\"\n    tone: perhaps", 3, 11, "true or false")]
    [InlineData("steps:\n  - mailbox: \"1\"\n    diverted: bored", 3, 15, "'bored' is not a reason")]
    [InlineData("steps:\n  - mailbox: \"1\"\n    at: noon", 3, 9, "mon-fri 08:00-18:00")]
    [InlineData("steps:\n  - mailbox: \"1\"\n    greeting: none.wav", 3, 15, "a greeting is a WAV, MP3 or Ogg file")]
    [InlineData("steps:\n  - mailbox: \"1\"\n    finishKeys: abc", 3, 17, "telephone keys")]
    [InlineData("timezone: Mars/Olympus\nsteps: []", 1, 11, "no time zone")]
    [InlineData("lamp: 1001\nsteps: []", 1, 7, "not a SIP URI")]
    [InlineData("steps: 1", 1, 8, "takes a list")]
    [InlineData("steps:\n  - 1", 2, 5, "has keys and values")]
    [InlineData("a: ]", 1, 4, "not YAML")]
    [InlineData("steps: []\nsteps: []", 2, 1, "not YAML")]
    [InlineData("", 1, 1, "one YAML document")]
    [InlineData("timezone: UTC", 1, 1, "no 'steps'")]
    public void A_mistake_is_reported_where_it_stands(string text, long line, long column, string part)
    {
        Write("plan.yaml", text);
        var (_, problems) = DialPlanReader.Read(_folder);
        var problem = Assert.Single(problems, p => p.Message.Contains(part, StringComparison.Ordinal));
        Assert.Equal((line, column), (problem.Line, problem.Column));
        Assert.EndsWith("plan.yaml", problem.File, StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_reported_at_once()
    {
        Write("plan.yaml", "steps:\n  - mailbox: \"1\"\n    tone: x\n    at: y\n    colour: z");
        Assert.Equal(3, DialPlanReader.Read(_folder).Problems.Count);
    }

    [Fact]
    public void An_empty_folder_is_a_mistake() => Assert.Contains("no *.yaml file", Assert.Single(DialPlanReader.Read(_folder).Problems).Message, StringComparison.Ordinal);

    [Fact]
    public void A_missing_path_is_a_mistake() =>
        Assert.Contains("no such file", Assert.Single(DialPlanReader.Read(Path.Combine(_folder, "none")).Problems).Message, StringComparison.Ordinal);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);
}
