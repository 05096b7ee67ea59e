using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Commands;

/// <summary><c>import</c> and <c>export</c>, on the store itself and on a running server.</summary>
public sealed class ImportCommandTests : IAsyncLifetime
{
    private const string Mbox = "From a@example.test Fri Nov 27 16:05:09 2026\nSubject: one\nStatus: RO\n\nx\n\nFrom a@example.test Fri Nov 27 16:05:10 2026\nSubject: two\nX-Keywords: work\n\ny\n";

    private ServerHost? _server;
    private string _folder = "";

    public async ValueTask InitializeAsync()
    {
        _folder = Directory.CreateTempSubdirectory("um").FullName;
        await File.WriteAllTextAsync(Path.Combine(_folder, "unifiedmsg.yaml"), ConfigurationText.Annotated(await TestServer.LayOutAsync(_folder)));
        await File.WriteAllTextAsync(Path.Combine(_folder, "Old.mbox"), Mbox);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Mail_is_imported_once_and_exported_whole(bool running)
    {
        if (running)
            await StartAsync();
        await AddAsync("alice");
        await AddAsync("bob");
        var imported = await CommandRun.OfAsync(_folder, "import", "alice@example.test", "Old.mbox");
        Assert.Equal((0, ""), (imported.ExitCode, imported.Error));
        Assert.Contains("1 folders, 2 messages imported", imported.Output);
        var again = await CommandRun.OfAsync(_folder, "import", "alice@example.test", "Old.mbox", "--json");
        var report = JsonDocument.Parse(again.Output.Trim().Split('\n')[^1]).RootElement;
        Assert.True(report.GetProperty("ok").GetBoolean());
        Assert.Equal((0, 2), (report.GetProperty("report").GetProperty("messages").GetInt32(), report.GetProperty("report").GetProperty("known").GetInt32()));
        foreach (var format in (string[])["mbox", "maildir", "eml"])
        {
            var exported = await CommandRun.OfAsync(_folder, "export", "alice@example.test", $"out-{format}", "--format", format);
            Assert.Equal((0, ""), (exported.ExitCode, exported.Error));
            Assert.Contains("2 messages exported", exported.Output);
            var back = await CommandRun.OfAsync(_folder, "import", "bob@example.test", $"out-{format}", "--folder", format);
            Assert.Equal((0, ""), (back.ExitCode, back.Error));
            Assert.Contains("2 messages imported", back.Output);
        }
    }

    [Theory]
    [InlineData(1, "there is no user bob@example.test", "import", "bob@example.test", "Old.mbox")]
    [InlineData(1, "no such file or folder", "import", "alice@example.test", "nowhere")]
    [InlineData(1, "is no mbox file", "import", "alice@example.test", "unifiedmsg.yaml")]
    [InlineData(1, "there is no folder Nowhere", "export", "alice@example.test", "out", "--format", "eml", "--folder", "Nowhere")]
    [InlineData(1, "is not empty", "export", "alice@example.test", ".", "--format", "eml")]
    [InlineData(2, "the password at the other server is needed", "import", "alice@example.test", "imaps://a@localhost")]
    [InlineData(1, "without a password", "import", "alice@example.test", "imaps://a:b@localhost", "--password-file", "-")]
    [InlineData(2, "--format", "export", "alice@example.test", "out")]
    public async Task What_is_wrong_is_said(int exitCode, string expected, params string[] arguments)
    {
        await AddAsync("alice");
        var run = await CommandRun.OfAsync(_folder, "secret\n", arguments);
        Assert.Contains(expected, run.Error);
        Assert.Equal(exitCode, run.ExitCode);
    }

    [Fact]
    public async Task What_is_missing_makes_exit_code_1()
    {
        await AddAsync("alice");
        await File.WriteAllTextAsync(Path.Combine(_folder, "Old.mbox"), "rubbish\n\n" + Mbox);
        var run = await CommandRun.OfAsync(_folder, "import", "alice@example.test", "Old.mbox", "--format", "mbox");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("octet 0", run.Output);
        Assert.Contains("2 messages imported", run.Output);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task AddAsync(string name)
    {
        var added = await CommandRun.OfAsync(_folder, "user", "add", $"{name}@example.test", "--name", name);
        Assert.Equal((0, ""), (added.ExitCode, added.Error));
    }

    private async Task StartAsync()
    {
        var options = await ConfigurationFile.LoadAsync(Path.Combine(_folder, "unifiedmsg.yaml"), new Dictionary<string, string>());
        _server = await ServerHost.StartAsync(options, NullLoggerFactory.Instance);
    }
}
