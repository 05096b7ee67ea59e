using System.Text.Json;

namespace UnifiedMsg.Server.Tests.Commands;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("no such command: unifiedmsg usr", "usr")]
    [InlineData("Required command was not provided.")]
    [InlineData("no such command: unifiedmsg config dosc", "config", "dosc")]
    [InlineData("'--frobnicate'", "config", "docs", "--frobnicate")]
    public async Task A_wrong_command_line_is_told_and_ends_with_2(string expected, params string[] arguments)
    {
        var run = await CommandRun.OfAsync("/", arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error);
        Assert.Contains("--help", run.Error);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Help_is_an_answer_and_no_error()
    {
        var run = await CommandRun.OfAsync("/", "config", "--help");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("docs", run.Output);
        Assert.Contains("--config <FILE>", run.Output);
    }

    [Fact]
    public async Task A_missing_configuration_ends_with_1()
    {
        var run = await CommandRun.OfAsync("/nowhere", "config", "check");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("/nowhere/unifiedmsg.yaml: no such file", run.Error);
    }

    [Fact]
    public async Task The_environment_names_the_configuration_and_the_option_wins_over_it()
    {
        var environment = new Dictionary<string, string> { ["UNIFIEDMSG_CONFIG"] = "a.yaml" };
        var named = await CommandRun.OfAsync("/nowhere", "", ["config", "check"], environment);
        var given = await CommandRun.OfAsync("/nowhere", "", ["config", "check", "--config", "b.yaml"], environment);
        Assert.Contains("/nowhere/a.yaml: no such file", named.Error);
        Assert.Contains("/nowhere/b.yaml: no such file", given.Error);
    }

    [Fact]
    public async Task Errors_for_programs_are_one_object()
    {
        var run = await CommandRun.OfAsync("/nowhere", "config", "check", "--json");
        var error = JsonDocument.Parse(run.Error).RootElement;
        Assert.False(error.GetProperty("ok").GetBoolean());
        Assert.Equal(1, error.GetProperty("exitCode").GetInt32());
        Assert.Single(error.GetProperty("errors").EnumerateArray());
    }

    [Fact]
    public async Task Config_docs_lists_every_option_for_people_and_for_programs()
    {
        var people = await CommandRun.OfAsync("/", "config", "docs");
        var programs = await CommandRun.OfAsync("/", "config", "docs", "--json");
        Assert.Equal(0, people.ExitCode);
        Assert.Contains("limits.messageSize: 50MiB", people.Output);
        Assert.Contains("UNIFIEDMSG__LISTEN__IMAP__0", people.Output);
        var options = JsonDocument.Parse(programs.Output).RootElement;
        Assert.Equal(UnifiedMsg.Server.Configuration.ConfigurationText.Document().Count, options.GetArrayLength());
    }
}
