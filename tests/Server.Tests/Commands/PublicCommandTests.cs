using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Commands;

public sealed class PublicCommandTests : IAsyncLifetime
{
    private string _folder = "";

    public async ValueTask InitializeAsync()
    {
        _folder = Directory.CreateTempSubdirectory("um").FullName;
        await File.WriteAllTextAsync(Path.Combine(_folder, "unifiedmsg.yaml"), ConfigurationText.Annotated(await TestServer.LayOutAsync(_folder)));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Public_folders_are_made_shared_and_removed(bool running)
    {
        await using var server = running
            ? await ServerHost.StartAsync(
                await ConfigurationFile.LoadAsync(Path.Combine(_folder, "unifiedmsg.yaml"), new Dictionary<string, string>()), NullLoggerFactory.Instance)
            : null;
        Assert.Equal(0, (await RunAsync("user", "add", "alice@example.test", "--name", "Alice")).ExitCode);
        Assert.Equal(0, (await RunAsync("group", "add", "team@example.test", "--member", "alice@example.test")).ExitCode);
        var made = await RunAsync("public", "set", "News/Sport");
        Assert.Equal((0, "", "Shared/News/Sport: anyone lrs\n"), (made.ExitCode, made.Error, made.Output));
        await RunAsync("public", "set", "News/Sport", "--for", "alice@example.test", "--rights", "lrswit");
        await RunAsync("public", "set", "News/Sport", "--for", "team@example.test", "--rights", "pc");
        await RunAsync("public", "set", "News/Sport", "--for", "anyone", "--rights", "");
        var listed = JsonDocument.Parse((await RunAsync("public", "list", "--json")).Output).RootElement.EnumerateArray().ToArray();
        Assert.Equal(["News", "News/Sport"], listed.Select(each => each.GetProperty("path").GetString()));
        Assert.Equal(
            ["alice@example.test lrswit", "team@example.test pkx"],
            listed[1].GetProperty("rights").EnumerateArray().Select(each => $"{each.GetProperty("for").GetString()} {each.GetProperty("rights").GetString()}"));
        Assert.Contains("nobody", (await RunAsync("public", "list")).Output);
        Assert.Equal("Removed News/Sport with its 0 messages.\n", (await RunAsync("public", "remove", "News/Sport")).Output);
        var gone = await RunAsync("public", "remove", "News/Sport");
        Assert.Equal(1, gone.ExitCode);
        Assert.Contains("there is no public folder News/Sport", gone.Error);
        var letters = await RunAsync("public", "set", "News", "--rights", "lrq");
        Assert.Equal(1, letters.ExitCode);
        Assert.Contains("\"lrq\" are no rights", letters.Error);
        var nobody = await RunAsync("public", "set", "News", "--for", "carol@example.test");
        Assert.Equal(1, nobody.ExitCode);
        Assert.Contains("carol@example.test is nobody's address", nobody.Error);
        var malformed = await RunAsync("public", "set", "a//b");
        Assert.Equal(1, malformed.ExitCode);
        Assert.Contains("can't be empty", malformed.Error);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.OfAsync(_folder, arguments);
}
