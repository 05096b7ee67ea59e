using System.Security.Cryptography;
using System.Text.Json;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;
using MimeKit;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Interop.Dovecot;

/// <summary>Mail comes from a Dovecot into a mailbox of ours, whatever happens on the way, and goes back there as a Maildir.</summary>
[Requires("dovecot", package: "dovecot-imapd")]
public sealed class DovecotTests : IAsyncLifetime
{
    private const string Theirs = "carol";
    private const string Ours = "alice@example.test";
    private const string Password = "correct horse";
    private const int Large = 6_000_000;
    private const int Many = 300;
    private const int Some = 20_000;

    private static readonly DateTimeOffset First = new(2019, 3, 31, 1, 59, 59, TimeSpan.FromHours(1));

    private readonly string _folder = Directory.CreateTempSubdirectory("um-interop").FullName;
    private TestServer _server = null!;
    private DovecotServer _dovecot = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.AddUserAsync("alice", password: Password);
        _dovecot = await DovecotServer.StartAsync(_server.Options.Tls.Certificate, _server.Options.Tls.Key);
        await File.WriteAllTextAsync(PasswordFile, DovecotServer.Password);
    }

    [Fact]
    public async Task Every_message_comes_with_its_flags_keywords_and_date_once_and_a_Maildir_of_ours_is_one_of_Dovecot()
    {
        using (var client = await _dovecot.LogInAsync(Theirs))
            await FillAsync(client);
        var there = await ReadDovecotAsync(Theirs);
        var report = await ImportAsync(_dovecot.Port);
        Assert.Equal((there.Messages.Count, 0), (report.Imported, report.Known));
        var here = await ReadOursAsync();
        Assert.Equal(there.Messages, here.Messages);
        Assert.Empty(there.Folders.Except(here.Folders));

        report = await ImportAsync(_dovecot.Port);
        Assert.Equal((0, there.Messages.Count), (report.Imported, report.Known));
        Assert.Equal(there.Messages, (await ReadOursAsync()).Messages);

        // A dot ends a level in a Maildir: the folder must be found there all the same.
        using (var client = await LogInAsync())
        {
            var dotted = await client.GetFolder(client.PersonalNamespaces[0]).CreateAsync("v1.2", isMessageFolder: true);
            await dotted!.AppendAsync(Request(77, 500));
        }
        var all = (await ReadOursAsync()).Messages.Select(each => each.Replace("v1.2: ", "v1\u20242: ", StringComparison.Ordinal));
        await RunAsync("export", Ours, Path.Combine(_folder, "out"), "--format", "maildir");
        Directory.CreateDirectory(Path.GetDirectoryName(_dovecot.Maildir("dave"))!);
        Directory.Move(Path.Combine(_folder, "out"), _dovecot.Maildir("dave"));
        await _dovecot.GiveAsync();
        var back = await ReadDovecotAsync("dave");
        Assert.Equal(all.Order(), back.Messages.Order());
        Assert.Empty(there.Folders.Except(back.Folders));
    }

    [Fact]
    public async Task A_line_that_breaks_costs_nothing_and_doubles_nothing()
    {
        await FillManyAsync();
        await using var relay = new BreakingRelay(_dovecot.Port, every: Many * Some / 5, cuts: 3);
        relay.Open();
        var report = await ImportAsync(relay.Port);
        Assert.Equal(3, relay.Cuts);
        Assert.Equal((Many, 0), (report.Imported, report.Known));
        Assert.Equal((await ReadDovecotAsync(Theirs)).Messages, (await ReadOursAsync()).Messages);
    }

    [Fact]
    public async Task An_import_that_was_killed_goes_on_where_it_was()
    {
        await FillManyAsync();
        // Without a server the command does the work itself.
        await _server.StopAsync();
        await using var relay = new BreakingRelay(_dovecot.Port, every: Many * Some / 2, cuts: 0);
        relay.Open();
        await using (var killed = Start(Import(relay.Port)))
        {
            // A unit of the import is 64 messages, and the first two are on the disk once they are counted.
            await killed.SaysAsync("\"messages\":128");
            Assert.False(killed.Ended, killed.Output);
        }
        relay.Mend();
        var report = await ImportAsync(relay.Port);
        Assert.Equal(Many, report.Imported + report.Known);
        Assert.InRange(report.Known, 128, Many - 1);
        await _server.StartAgainAsync();
        Assert.Equal((await ReadDovecotAsync(Theirs)).Messages, (await ReadOursAsync()).Messages);
        Assert.Empty((await _server.Host.Administration.CheckStoreAsync()).Problems);
    }

    public async ValueTask DisposeAsync()
    {
        await _dovecot.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string PasswordFile => Path.Combine(_folder, "password");

    private string[] Import(int port) =>
    [
        "import", Ours, $"imaps://{Theirs}@127.0.0.1:{port}", "--password-file", PasswordFile, "--certificate", _server.Options.Tls.Certificate, "--json",
    ];

    private ExternalProgram Start(params IEnumerable<string> arguments) =>
        ExternalProgram.Start("dotnet", _server.Folder, [Path.Combine(AppContext.BaseDirectory, "unifiedmsg.dll"), .. arguments]);

    private async Task<string> RunAsync(params IEnumerable<string> arguments)
    {
        await using var program = Start(arguments);
        return await program.EndAsync(Installation.Guard);
    }

    private async Task<(int Imported, int Known)> ImportAsync(int port)
    {
        var output = await RunAsync(Import(port));
        using var last = JsonDocument.Parse(output.Trim().Split('\n')[^1]);
        var report = last.RootElement.GetProperty("report");
        return (report.GetProperty("messages").GetInt32(), report.GetProperty("known").GetInt32());
    }

    private static async Task FillAsync(ImapClient client)
    {
        string[] names = ["Entwürfe", "Entwürfe.Übergabe & Co", "with space", "quo\"te", "100%", "a\\b: <*?>|", "日本語", "a.b.c", "empty", "Sent"];
        var number = 0;
        foreach (var name in (string[])["INBOX", .. names])
        {
            if (name != "INBOX")
                await CreateAsync(client, name);
            var folder = await client.GetFolderAsync(name);
            await folder.SubscribeAsync();
            for (var i = 0; i < (name == "empty" ? 0 : 6); i++, number++)
                await folder.AppendAsync(Request(number, 500));
        }
        await client.Inbox!.AppendAsync(Request(number, Large));
    }

    private async Task FillManyAsync()
    {
        using var client = await _dovecot.LogInAsync(Theirs);
        for (var i = 0; i < Many; i++)
            await client.Inbox!.AppendAsync(Request(i, Some));
    }

    private static async Task CreateAsync(ImapClient client, string name)
    {
        var parent = client.GetFolder(client.PersonalNamespaces[0]);
        foreach (var level in name.Split('.'))
        {
            var found = (await parent.GetSubfoldersAsync()).FirstOrDefault(each => each.Name == level);
            parent = found ?? (await parent.CreateAsync(level, isMessageFolder: true))!;
        }
    }

    // Each with other flags, keywords and date.
    private static AppendRequest Request(int number, int octets)
    {
        var message = new MimeMessage(
            [MailboxAddress.Parse("bob@example.org")], [MailboxAddress.Parse("carol@example.org")], $"Nr. {number} – Grüße",
            new TextPart("plain") { Text = string.Concat(Enumerable.Repeat($"{number}: hello, hello, héllo\r\n", Math.Max(octets / 28, 1))) });
        MessageFlags[] flags = [MessageFlags.Seen, MessageFlags.Answered, MessageFlags.Flagged, MessageFlags.Draft, MessageFlags.Deleted];
        string[] keywords = ["$Forwarded", "NonJunk", "$label1", "work"];
        return new AppendRequest(
            message,
            flags.Where((_, bit) => ((number >> bit) & 1) == 1).Aggregate(MessageFlags.None, (all, each) => all | each),
            keywords.Where((_, index) => number % (index + 2) == 0), First.AddHours(number * 977));
    }

    private async Task<(List<string> Messages, List<string> Folders)> ReadDovecotAsync(string user)
    {
        using var client = await _dovecot.LogInAsync(user);
        return await ReadAsync(client);
    }

    private async Task<(List<string> Messages, List<string> Folders)> ReadOursAsync()
    {
        using var client = await LogInAsync();
        return await ReadAsync(client);
    }

    private async Task<ImapClient> LogInAsync()
    {
        var client = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync("127.0.0.1", _server.Host.EndPoints.Imaps[0].Port, SecureSocketOptions.SslOnConnect);
        await client.AuthenticateAsync(Ours, Password);
        return client;
    }

    // All that a mail client sees of a mailbox, in its order.
    private static async Task<(List<string> Messages, List<string> Folders)> ReadAsync(ImapClient client)
    {
        var (messages, folders) = (new List<string>(), new List<string>());
        var all = await client.GetFoldersAsync(client.PersonalNamespaces[0], StatusItems.None, subscribedOnly: false);
        foreach (var folder in all.OrderBy(each => each.FullName, StringComparer.Ordinal))
        {
            var path = folder.FullName.Replace(folder.DirectorySeparator, '/');
            folders.Add(path);
            await folder.OpenAsync(FolderAccess.ReadOnly);
            foreach (var each in await folder.FetchAsync(0, -1, MessageSummaryItems.UniqueId | MessageSummaryItems.Flags | MessageSummaryItems.InternalDate))
            {
                await using var content = await folder.GetStreamAsync(each.UniqueId);
                var hash = Convert.ToHexString(await SHA256.HashDataAsync(content));
                var keywords = string.Join(' ', (each.Keywords ?? new HashSet<string>()).Order(StringComparer.Ordinal));
                messages.Add($"{path}: {each.Flags!.Value & ~MessageFlags.Recent} [{keywords}] {each.InternalDate!.Value.UtcDateTime:O} {hash[..16]}");
            }
        }
        await client.DisconnectAsync(quit: true);
        return (messages, folders);
    }
}
