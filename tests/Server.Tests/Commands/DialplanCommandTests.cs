namespace UnifiedMsg.Server.Tests.Commands;

public sealed class DialplanCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dialplan-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Check_names_file_line_column_and_what_to_write_and_exits_with_1()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "plan.yaml"), "steps:\n  - to: \"1\"\n    mailbocks: \"1\"\n");
        var run = await CommandRun.OfAsync(_folder, "dialplan", "check", "plan.yaml");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("plan.yaml:3:5: unknown key 'mailbocks'; did you mean 'mailbox'?", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_says_which_step_why_and_what_the_caller_hears()
    {
        Assert.Equal(0, (await CommandRun.OfAsync(_folder, "init", "um")).ExitCode);
        var run = await CommandRun.OfAsync(
            Path.Combine(_folder, "um"), "dialplan", "test", "--to", "1001", "--from", "2000", "--at", "2026-11-23T09:00");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("passed over  default.yaml", run.Output, StringComparison.Ordinal);
        Assert.Contains("the call was not diverted", run.Output, StringComparison.Ordinal);
        Assert.Contains("mailbox      1001", run.Output, StringComparison.Ordinal);
        Assert.Contains("caller hears the tone", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_of_a_call_that_nobody_takes_exits_with_1()
    {
        await CommandRun.OfAsync(_folder, "init", "um");
        var run = await CommandRun.OfAsync(Path.Combine(_folder, "um"), "dialplan", "test", "--to", "nobody");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("no step matches", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_time_that_is_none_is_wrong_usage()
    {
        await CommandRun.OfAsync(_folder, "init", "um");
        var run = await CommandRun.OfAsync(Path.Combine(_folder, "um"), "dialplan", "test", "--to", "1", "--at", "noon");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("2026-11-23T18:30", run.Error, StringComparison.Ordinal);
    }
}
