using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Commands;

/// <summary>The same commands on the store itself and on a running server.</summary>
public sealed class UserCommandTests : IAsyncLifetime
{
    private ServerHost? _server;
    private string _folder = "";

    public async ValueTask InitializeAsync()
    {
        _folder = Directory.CreateTempSubdirectory("um").FullName;
        await File.WriteAllTextAsync(Path.Combine(_folder, "unifiedmsg.yaml"), ConfigurationText.Annotated(await TestServer.LayOutAsync(_folder)));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_person_is_added_shown_changed_and_removed(bool running)
    {
        var folder = await FolderAsync(running);
        var added = await CommandRun.OfAsync(
            folder, "s3cret words\n", ["user", "add", "Alice@Example.test", "--name", "Alice", "--extension", "1001", "--password-file", "-", "--json"]);
        Assert.Equal((0, ""), (added.ExitCode, added.Error));
        Assert.DoesNotContain("s3cret", added.Output);
        var account = JsonDocument.Parse(added.Output).RootElement;
        Assert.Equal("alice@example.test", account.GetProperty("address").GetString());
        Assert.Equal("1001", account.GetProperty("extension").GetString());
        Assert.True(account.GetProperty("hasPassword").GetBoolean());

        var set = await CommandRun.OfAsync(folder, "user", "set", "alice@example.test", "--name", "Alice B.", "--extension", "", "--pin", "2580");
        Assert.Equal((0, ""), (set.ExitCode, set.Error));
        var shown = await CommandRun.OfAsync(folder, "user", "show", "alice@example.test");
        Assert.Contains("Alice B.", shown.Output);
        Assert.Contains("extension  none", shown.Output);
        Assert.Contains("PIN        set", shown.Output);

        Assert.Contains("alice@example.test", (await CommandRun.OfAsync(folder, "user", "list")).Output);
        Assert.Equal(0, (await CommandRun.OfAsync(folder, "user", "remove", "alice@example.test")).ExitCode);
        Assert.Equal("[]\n", (await CommandRun.OfAsync(folder, "user", "list", "--json")).Output);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Phones_get_a_password_of_their_own(bool running)
    {
        var folder = await FolderAsync(running);
        Assert.Equal(0, (await CommandRun.OfAsync(folder, "user", "add", "alice@example.test", "--name", "Alice", "--extension", "1001")).ExitCode);
        Assert.Contains("can't register", (await CommandRun.OfAsync(folder, "user", "show", "alice@example.test")).Output);
        var set = await CommandRun.OfAsync(folder, "a phone's s3cret\n", ["user", "set", "alice@example.test", "--phone-password-file", "-", "--json"]);
        Assert.Equal((0, ""), (set.ExitCode, set.Error));
        Assert.DoesNotContain("s3cret", set.Output);
        var shown = JsonDocument.Parse((await CommandRun.OfAsync(folder, "user", "show", "alice@example.test", "--json")).Output).RootElement;
        Assert.True(shown.GetProperty("hasPhonePassword").GetBoolean());
        Assert.Equal(0, shown.GetProperty("phones").GetArrayLength());
        var moved = await CommandRun.OfAsync(folder, "user", "set", "alice@example.test", "--extension", "1003");
        Assert.Contains("Phones that log in as 1003 need the password set again", moved.Output);
        var weak = await CommandRun.OfAsync(folder, "short\n", ["user", "set", "alice@example.test", "--phone-password-file", "-"]);
        Assert.NotEqual(0, weak.ExitCode);
        Assert.Contains("10 to 128 characters", weak.Error);
        var twice = await CommandRun.OfAsync(folder, "user", "set", "alice@example.test", "--phone-password-file", "-", "--password-file", "-");
        Assert.Equal(2, twice.ExitCode);
        Assert.Contains("only one of", twice.Error);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_mailbox_gets_a_limit_of_its_own_and_loses_it_again(bool running)
    {
        var folder = await FolderAsync(running);
        Assert.Equal(0, (await CommandRun.OfAsync(folder, "user", "add", "alice@example.test", "--name", "Alice")).ExitCode);
        Assert.Contains("mailbox    0 KiB of no limit", (await CommandRun.OfAsync(folder, "user", "show", "alice@example.test")).Output);
        var set = await CommandRun.OfAsync(folder, "user", "set", "alice@example.test", "--quota", "2GiB", "--quota-items", "1000");
        Assert.Equal((0, ""), (set.ExitCode, set.Error));
        var shown = (await CommandRun.OfAsync(folder, "user", "show", "alice@example.test")).Output;
        Assert.Contains("mailbox    0 KiB of 2 GiB, set for this person", shown);
        Assert.Contains("messages   0 of 1000, set for this person", shown);
        Assert.Equal(0, (await CommandRun.OfAsync(folder, "user", "set", "alice@example.test", "--quota", "default")).ExitCode);
        Assert.Equal(0, (await CommandRun.OfAsync(folder, "user", "set", "alice@example.test", "--quota-items", "none")).ExitCode);
        var quota = JsonDocument.Parse((await CommandRun.OfAsync(folder, "user", "show", "alice@example.test", "--json")).Output)
            .RootElement.GetProperty("quota");
        Assert.False(quota.TryGetProperty("maxItems", out _));
        Assert.Equal(long.MaxValue, quota.GetProperty("own").GetProperty("maxItems").GetInt64());
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_new_person_has_a_mailbox(bool running)
    {
        var folder = await FolderAsync(running);
        Assert.Equal(0, (await CommandRun.OfAsync(folder, "user", "add", "alice@example.test", "--name", "Alice")).ExitCode);
        if (!running)
            await StartAsync();
        var account = await _server!.Data.Accounts.FindByAddressAsync("alice@example.test");
        Assert.NotNull(await _server.Data.Store.FindFolderAsync(account!.Id, "INBOX"));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_taken_extension_is_refused_and_changes_nothing(bool running)
    {
        var folder = await FolderAsync(running);
        await CommandRun.OfAsync(folder, "user", "add", "alice@example.test", "--name", "Alice", "--extension", "1001");
        var taken = await CommandRun.OfAsync(folder, "user", "add", "bob@example.test", "--name", "Bob", "--extension", "1001");
        Assert.Equal(1, taken.ExitCode);
        Assert.Contains("1001", taken.Error);
        Assert.Contains("alice@example.test", taken.Error);
        Assert.DoesNotContain("bob@", (await CommandRun.OfAsync(folder, "user", "list")).Output);
    }

    [Theory]
    [InlineData(1, "is in none of our domains (example.test)", "user", "add", "alice@elsewhere.test", "--name", "A")]
    [InlineData(1, "there is no user bob@example.test", "user", "show", "bob@example.test")]
    [InlineData(1, "there is no user bob@example.test", "user", "remove", "bob@example.test")]
    [InlineData(1, "there is no group all@example.test", "group", "remove", "all@example.test")]
    [InlineData(2, "nothing to change", "user", "set", "bob@example.test")]
    [InlineData(2, "--quota 2GB: write a size such as 2GiB, none or default", "user", "set", "bob@example.test", "--quota", "2GB")]
    [InlineData(2, "'--name' is required", "user", "add", "bob@example.test")]
    [InlineData(2, "--password-file nowhere: can't be read", "user", "add", "bob@example.test", "--name", "B", "--password-file", "nowhere")]
    [InlineData(2, "only one of", "user", "add", "bob@example.test", "--name", "B", "--password-file", "-", "--pin-file", "-")]
    public async Task What_is_wrong_is_said(int exitCode, string expected, params string[] arguments)
    {
        var run = await CommandRun.OfAsync(_folder, "secret\n", arguments);
        Assert.Contains(expected, run.Error);
        Assert.Equal(exitCode, run.ExitCode);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Groups_are_made_listed_and_removed(bool running)
    {
        var folder = await FolderAsync(running);
        await CommandRun.OfAsync(folder, "user", "add", "alice@example.test", "--name", "Alice");
        await CommandRun.OfAsync(folder, "user", "add", "bob@example.test", "--name", "Bob");
        var added = await CommandRun.OfAsync(folder, "group", "add", "all@example.test", "--member", "alice@example.test", "--member", "bob@example.test");
        Assert.Equal((0, ""), (added.ExitCode, added.Error));
        Assert.Contains("alice@example.test, bob@example.test", (await CommandRun.OfAsync(folder, "group", "list")).Output);
        Assert.Equal(0, (await CommandRun.OfAsync(folder, "group", "remove", "all@example.test")).ExitCode);
        Assert.Equal("[]\n", (await CommandRun.OfAsync(folder, "group", "list", "--json")).Output);
    }

    [Fact]
    public async Task Without_a_data_folder_there_is_nothing_to_reach()
    {
        Directory.Delete(Path.Combine(_folder, "data"), recursive: true);
        var run = await CommandRun.OfAsync(_folder, "user", "list");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains($"the data folder {_folder}/data does not exist", run.Error);
    }

    [Fact]
    public async Task Two_commands_at_once_both_get_their_turn()
    {
        var runs = await Task.WhenAll(Enumerable.Range(1, 4).Select(i =>
            CommandRun.OfAsync(_folder, "user", "add", $"person{i}@example.test", "--name", $"Person {i}")));
        Assert.All(runs, run => Assert.Equal((0, ""), (run.ExitCode, run.Error)));
        Assert.Equal(4, JsonDocument.Parse((await CommandRun.OfAsync(_folder, "user", "list", "--json")).Output).RootElement.GetArrayLength());
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    // The folder that the commands work on: of a server that runs, or of none.
    private async Task<string> FolderAsync(bool running)
    {
        if (running)
            await StartAsync();
        return _folder;
    }

    private async Task StartAsync()
    {
        var options = await ConfigurationFile.LoadAsync(Path.Combine(_folder, "unifiedmsg.yaml"), new Dictionary<string, string>());
        _server = await ServerHost.StartAsync(options, NullLoggerFactory.Instance);
    }
}
