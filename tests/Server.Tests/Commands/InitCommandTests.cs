using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Voicemail.DialPlans;

namespace UnifiedMsg.Server.Tests.Commands;

public sealed class InitCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("um").FullName;

    [Fact]
    public async Task Init_lays_out_a_folder_that_is_valid_as_it_stands()
    {
        var run = await CommandRun.OfAsync(_folder, "init", "server", "--domain", "example.org");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var path = Path.Combine(_folder, "server");
        Assert.Contains($"unifiedmsg run --config {path}/unifiedmsg.yaml", run.Output);
        var options = await ConfigurationFile.LoadAsync(Path.Combine(path, "unifiedmsg.yaml"), new Dictionary<string, string>(), TestContext.Current.CancellationToken);
        Assert.Equal("um.example.org", options.Hostname);
        Assert.Equal(["example.org"], options.Domains);
        Assert.True(File.Exists(options.Tls.Certificate));
        Assert.Empty(DialPlanReader.Read(options.Dialplans).Problems);
        Assert.NotEmpty(DialPlanReader.Read(options.Dialplans).Plan.Steps);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(options.Data));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(options.Tls.Key));
        }
    }

    [Theory]
    [InlineData("unifiedmsg.yaml")]
    [InlineData("key.pem")]
    [InlineData("data")]
    public async Task Init_overwrites_nothing(string present)
    {
        File.WriteAllText(Path.Combine(_folder, present), "mine");

        var run = await CommandRun.OfAsync(_folder, "init", ".");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{present} is there already; nothing was changed", run.Error);
        Assert.Equal([present], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(_folder, present)));
    }

    [Fact]
    public async Task A_domain_that_is_none_is_refused_before_anything_is_written()
    {
        var run = await CommandRun.OfAsync(_folder, "init", "server", "--domain", "not a domain");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("\"not a domain\" is no domain", run.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
