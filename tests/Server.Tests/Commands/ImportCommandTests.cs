using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Store;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Commands;

/// <summary><c>import</c> and <c>export</c>, on the store itself, on a running server, and from another server over IMAP.</summary>
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

    [Fact]
    public async Task Mail_is_imported_from_another_server_with_flags_dates_folders_and_subscriptions()
    {
        await using var old = await TestServer.StartAsync();
        var alice = await old.AddUserAsync("alice", password: "old s3cret");
        var store = old.Host.Data.Store;
        var date = new DateTimeOffset(2020, 2, 29, 12, 30, 15, TimeSpan.Zero);
        foreach (var path in (string[])["INBOX", "Sent", "Entw\u00fcrfe & mehr/2024"])
        {
            var folder = await store.FindFolderAsync(alice.Id, path) ?? await store.CreateFolderAsync(alice.Id, path);
            await store.SubscribeAsync(alice.Id, path, subscribed: path.Contains('/', StringComparison.Ordinal));
            for (var i = 0; i < 30; i++)
            {
                await using var content = await store.StageAsync(new MemoryStream(System.Text.Encoding.ASCII.GetBytes($"Subject: {path.Length} {i}\r\n\r\nx\r\n")), 1000);
                await store.AppendAsync(folder.Id, content, new NewItem(ItemKind.Mail, (ItemFlags)i, i % 2 == 0 ? ["work"] : [], date.AddHours(i)));
            }
        }
        await AddAsync("alice");
        await StartAsync();
        var source = $"imaps://alice@example.test@127.0.0.1:{old.Host.EndPoints.Imaps[0].Port}";
        var untrusted = await CommandRun.OfAsync(_folder, "old s3cret\n", ["import", "alice@example.test", source, "--password-file", "-"]);
        Assert.Equal(1, untrusted.ExitCode);
        Assert.Contains("--certificate FILE names one", untrusted.Error);
        string[] arguments = ["import", "alice@example.test", source, "--certificate", old.Options.Tls.Certificate, "--json"];
        var wrong = await CommandRun.OfAsync(_folder, "", arguments, new() { ["UNIFIEDMSG_IMAP_PASSWORD"] = "wr0ng" });
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("does not let alice@example.test in", wrong.Error);
        Assert.DoesNotContain("wr0ng", wrong.Error + wrong.Output);
        var imported = await CommandRun.OfAsync(_folder, "", arguments, new() { ["UNIFIEDMSG_IMAP_PASSWORD"] = "old s3cret" });
        Assert.Equal((0, ""), (imported.ExitCode, imported.Error));
        var again = await CommandRun.OfAsync(_folder, "old s3cret\n", [.. arguments, "--password-file", "-"]);
        Assert.Contains("\"known\":90", again.Output);
        var person = await _server!.Data.Accounts.FindByAddressAsync("alice@example.test");
        Assert.Equal(await ContentsAsync(store, alice.Id), await ContentsAsync(_server.Data.Store, person!.Id));
    }

    [Fact]
    public async Task What_others_have_on_the_other_server_is_left_out_and_told()
    {
        await using var old = await TestServer.StartAsync();
        var store = old.Host.Data.Store;
        var dave = await old.AddUserAsync("dave", password: "old s3cret");
        var carol = await old.AddUserAsync("carol");
        await store.CreateFolderAsync(dave.Id, "Sharedness");
        foreach (var (owner, path) in ((long, string)[])[(PublicFolders.AccountId, "News"), (PublicFolders.AccountId, "News/Sport"), (carol.Id, "Work")])
        {
            var folder = await store.CreateFolderAsync(owner, path);
            await store.ChangeAclAsync(folder.Id, AclIdentifier.Anyone, isNegative: false, FlagMode.Replace, FolderRights.Lookup | FolderRights.Read);
        }
        await AddAsync("zed");
        await StartAsync();
        var source = $"imaps://dave@example.test@127.0.0.1:{old.Host.EndPoints.Imaps[0].Port}";
        string[] arguments = ["import", "zed@example.test", source, "--certificate", old.Options.Tls.Certificate, "--password-file", "-"];
        var refused = await CommandRun.OfAsync(_folder, "wr0ng\n", arguments);
        Assert.Equal(1, refused.ExitCode);
        Assert.EndsWith("does not let dave@example.test in: Authentication failed.\n", refused.Error);
        var imported = await CommandRun.OfAsync(_folder, "old s3cret\n", arguments);
        Assert.Equal((0, ""), (imported.ExitCode, imported.Error));
        Assert.Contains("note: 1 folders below \"Other Users\" are public or of other people on the other server and are left out\n", imported.Output);
        Assert.Contains("note: 2 folders below \"Shared\" are", imported.Output);
        var zed = await _server!.Data.Accounts.FindByAddressAsync("zed@example.test");
        Assert.Equal(
            ["Archive", "Drafts", "INBOX", "Junk", "Sent", "Sharedness", "Trash"],
            (await _server.Data.Store.ListFoldersAsync(zed!.Id)).Select(folder => folder.Path).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("import", "mbox, maildir, eml or imap")]
    [InlineData("export", "mbox, maildir or eml")]
    public async Task The_help_names_the_formats(string command, string formats)
    {
        var help = await CommandRun.OfAsync(_folder, command, "--help");
        Assert.Contains(formats, help.Output);
    }

    [Theory]
    [InlineData(1, "there is no user bob@example.test", "import", "bob@example.test", "Old.mbox")]
    [InlineData(1, "no such file or folder", "import", "alice@example.test", "nowhere")]
    [InlineData(1, "is no mbox file", "import", "alice@example.test", "unifiedmsg.yaml")]
    [InlineData(1, "there is no folder Nowhere", "export", "alice@example.test", "out", "--format", "eml", "--folder", "Nowhere")]
    [InlineData(1, "is not empty", "export", "alice@example.test", ".", "--format", "eml")]
    [InlineData(2, "the password at the other server is needed", "import", "alice@example.test", "imaps://a@localhost")]
    [InlineData(1, "without a password", "import", "alice@example.test", "imaps://a:b@localhost", "--password-file", "-")]
    [InlineData(2, "name the items or say --all, not both", "store", "undelete", "alice@example.test", "15", "--all")]
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

    private static async Task<List<string>> ContentsAsync(IStore store, long account)
    {
        var lines = new List<string>();
        foreach (var folder in await store.ListFoldersAsync(account))
        {
            lines.Add($"{folder.Path} {folder.SpecialUse}{(folder.Path.StartsWith("Entw", StringComparison.Ordinal) ? $" {folder.Subscribed}" : "")}");
            var items = (await store.ReadFolderAsync(folder.Id)).Items;
            var subjects = await store.ReadSummariesAsync([.. items.Select(item => item.Id)]);
            lines.AddRange(items.Select(item => $"{subjects[item.Id].Envelope.Subject} {item.Flags} {string.Join(' ', item.Keywords)} {item.InternalDate:O} {item.Size}"));
        }
        return lines;
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
