using System.Diagnostics;
using System.Net;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Tests.Commands;
using UnifiedMsg.TestEngines;
using UnifiedMsg.TestKit;
using UnifiedMsg.TestKit.Load;

namespace UnifiedMsg.Server.Tests.Crash;

/// <summary>
/// Two whole servers, each its own process with its own folder, on one PostgreSQL and one folder of large contents, and one mailbox that
/// is changed at both.
/// </summary>
public sealed class TwoNodesTests : IAsyncLifetime
{
    private const string User = "bob@example.test";
    private const string Password = "correct horse";
    private const int Enough = 60;

    private readonly ServerProcess?[] _nodes = new ServerProcess?[2];
    private readonly string[] _folders = new string[2];
    private readonly MailLedger _ledger = new();
    private DatabaseHome _home = null!;

    public async ValueTask InitializeAsync()
    {
        _home = await DatabaseHome.CreateAsync(Engine.PostgreSql);
        for (var i = 0; i < _nodes.Length; i++)
            _folders[i] = await LayOutAsync($"node{i}");
        var added = await CommandRun.OfAsync(_folders[0], Password, ["user", "add", User, "--name", "Bob", "--password-file", "-"]);
        Assert.True(added.ExitCode == 0, added.Error);
        for (var i = 0; i < _nodes.Length; i++)
            _nodes[i] = await ServerProcess.StartAsync(_folders[i]);
        await Load(0).PrepareAsync();
    }

    [Fact]
    public async Task What_is_filed_at_one_is_heard_by_who_idles_at_the_other()
    {
        await FileAsync(from: 0, to: 1, already: 0);
        await FileAsync(from: 1, to: 0, already: 1);
    }

    [Fact]
    public async Task Load_at_both_and_the_death_of_one_lose_double_and_hide_nothing()
    {
        string[] names = ["INBOX", "Done", "Work0", "Work1", "Work2"];
        await using var watchers = new Watchers(await Task.WhenAll(names.Select(name => WatchAsync(0, name))));
        using var finish = new CancellationTokenSource();
        using var dead = new CancellationTokenSource();
        var lasting = Load(0).RunAsync(CancellationToken.None, finish.Token);
        var dying = Load(1).RunAsync(dead.Token);
        await MoreAsync();
        await Node(1).KillAsync();
        await dead.CancelAsync();
        await dying;
        await MoreAsync();
        await Node(1).DisposeAsync();
        _nodes[1] = await ServerProcess.StartAsync(_folders[1]);
        var again = Load(1).RunAsync(CancellationToken.None, finish.Token);
        await MoreAsync();
        await finish.CancelAsync();
        await Task.WhenAll(lasting, again);

        // A dead-lock, or a unit that was run too often, would be one.
        Assert.Equal(0, _ledger.Refused);
        foreach (var node in (int[])[0, 1])
            _ledger.Check(await Load(node).ReadAsync());
        var found = await Load(1).ReadAsync();
        foreach (var (name, watcher) in names.Zip(watchers.All))
            await watcher.CountAsync(found.Count(each => each.State.Folder == name));
        TestContext.Current.TestOutputHelper?.WriteLine($"{_ledger.Acknowledged} changes at two servers, {found.Count} messages");
        foreach (var node in _nodes)
            Assert.Equal(0, await node!.TerminateAsync());
        var check = await CommandRun.OfAsync(_folders[1], "store", "check");
        Assert.True(check.ExitCode == 0, check.Output + check.Error);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            if (node is not null)
                await node.DisposeAsync();
        }
        await _home.DisposeAsync();
    }

    // As a person files: it comes, is flagged and put away, and each is heard at the other server.
    private async Task FileAsync(int from, int to, int already)
    {
        await using var inbox = await WatchAsync(to, "INBOX");
        await using var work = await WatchAsync(to, "Work0");
        await using var done = await WatchAsync(to, "Done");
        using var client = await ConnectAsync(Node(from).Imaps);
        var here = await client.GetFolderAsync("Work0");
        await here.OpenAsync(FolderAccess.ReadWrite);
        var started = Stopwatch.GetTimestamp();

        var uid = (await here.AppendAsync(Letter()))!.Value;
        await work.CountAsync(1);
        await here.AddFlagsAsync(uid, MessageFlags.Flagged, silent: true);
        await work.FlaggedAsync(uid);
        await here.MoveToAsync(uid, await client.GetFolderAsync("Done"));
        await work.CountAsync(0);
        await done.CountAsync(already + 1);
        using var sender = new SmtpClient();
        await sender.ConnectAsync(Node(from).Smtp.Address.ToString(), Node(from).Smtp.Port, SecureSocketOptions.None);
        await sender.SendAsync(Letter());
        await inbox.CountAsync(already + 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"four changes were heard at the other server within {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms");
    }

    private static MimeMessage Letter() => new(
        [MailboxAddress.Parse("carol@example.org")], [MailboxAddress.Parse(User)], "Hello Bob", new TextPart("plain") { Text = "Hello." });

    private ServerProcess Node(int number) => _nodes[number]!;

    private MailLoad Load(int node) => new(Node(node).Smtp, Node(node).Imaps, _ledger, User, Password);

    private Task<FolderWatcher> WatchAsync(int node, string folder) => FolderWatcher.OpenAsync(Node(node).Imaps, User, Password, folder);

    private static async Task<ImapClient> ConnectAsync(IPEndPoint imaps)
    {
        var client = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync(imaps.Address.ToString(), imaps.Port, SecureSocketOptions.SslOnConnect);
        await client.AuthenticateAsync(User, Password);
        return client;
    }

    private Task MoreAsync()
    {
        var before = _ledger.Acknowledged;
        return _ledger.WaitAsync(ledger => ledger.Acknowledged >= before + Enough);
    }

    private async Task<string> LayOutAsync(string name)
    {
        var folder = Path.Combine(_home.Folder, name);
        var options = await TestServer.LayOutAsync(folder) with
        {
            Database = new DatabaseSection
            {
                Engine = DatabaseEngine.Postgresql,
                Connection = _home.Connection,
                Blobs = Path.Combine(_home.Folder, "blobs"),
            },
        };
        await File.WriteAllTextAsync(Path.Combine(folder, ConfigurationFile.DefaultName), ConfigurationText.Annotated(options));
        return folder;
    }

    private sealed class Watchers(IReadOnlyList<FolderWatcher> all) : IAsyncDisposable
    {
        public IReadOnlyList<FolderWatcher> All => all;

        public async ValueTask DisposeAsync()
        {
            foreach (var watcher in all)
                await watcher.DisposeAsync();
        }
    }
}
