using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Tests.Commands;
using UnifiedMsg.TestEngines;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Hosting;

/// <summary>Two servers on one PostgreSQL, and what the command line says of one that can't be used.</summary>
public sealed class PostgreSqlTests : IAsyncLifetime
{
    private const string Password = "correct horse";
    private const string Bob = "bob@example.test";
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private DatabaseHome _home = null!;

    public async ValueTask InitializeAsync() => _home = await DatabaseHome.CreateAsync(Engine.PostgreSql);

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Theory]
    [InlineData(100)]
    [InlineData(200_000)]
    public async Task Mail_taken_by_one_server_wakes_the_client_that_idles_at_the_other(int size)
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        Assert.NotEqual(first.Host.Data.Node, second.Host.Data.Node);
        await first.AddUserAsync("alice", "1001", Password);
        await second.AddUserAsync("bob", "1002", Password);

        using var reader = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await reader.ConnectAsync("127.0.0.1", second.Host.EndPoints.Imaps[0].Port, SecureSocketOptions.SslOnConnect);
        await reader.AuthenticateAsync(Bob, Password);
        await reader.Inbox!.OpenAsync(FolderAccess.ReadWrite);
        using var arrived = new CancellationTokenSource();
        reader.Inbox.CountChanged += (_, _) => arrived.Cancel();
        using var guard = new CancellationTokenSource(Guard);
        Task idling = reader.IdleAsync(arrived.Token, guard.Token);

        await SendAsync(first, size);
        await idling;
        Assert.Equal("Hello Bob", (await reader.Inbox.GetMessageAsync(0)).Subject);
        Assert.Empty((await first.Host.Administration.CheckStoreAsync()).Problems);
    }

    [Fact]
    public async Task A_server_keeps_its_name_and_its_folder_to_itself()
    {
        await using var server = await StartAsync();
        string node = server.Host.Data.Node;
        var refusal = await Assert.ThrowsAsync<Database.DatabaseInUseException>(
            () => Server.Hosting.ServerHost.StartAsync(server.Options, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance));
        Assert.Contains(server.Options.Data, refusal.Message);
        await server.StopAsync();
        await server.StartAgainAsync();
        Assert.Equal(node, server.Host.Data.Node);
    }

    [Theory]
    [InlineData("Host=/nowhere;Database=um;Username=um;Password=hidden", "can't be reached")]
    [InlineData("Host=127.0.0.1;Port=1;Database=um;Username=um;Password=hidden", "PostgreSQL at 127.0.0.1:1: it can't be reached")]
    [InlineData("Password=hidden", "needs at least 'Host=…;Database=…'")]
    [InlineData("hidden", "is not written as 'Host=…;Database=…")]
    public async Task What_can_not_be_used_is_said_without_the_password(string connection, string expected)
    {
        var run = await RunAsync(connection);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains(expected, run.Error);
        Assert.DoesNotContain("hidden", run.Output + run.Error);
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_named_with_the_command_that_makes_it()
    {
        var run = await RunAsync($"{_home.Connection};Database=nowhere");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("there is no database 'nowhere'. Make it with: createdb", run.Error);
    }

    [Fact]
    public async Task Commands_work_without_a_server_of_ours()
    {
        var run = await RunAsync(_home.Connection, "user", "add", Bob, "--name", "Bob");
        Assert.True(run.ExitCode == 0, run.Error);
        run = await RunAsync(_home.Connection, "user", "list");
        Assert.Contains(Bob, run.Output);
    }

    [Fact]
    public async Task The_store_is_checked_and_mended()
    {
        await RunAsync(_home.Connection, "user", "add", Bob, "--name", "Bob");
        var run = await RunAsync(_home.Connection, "store", "check", "--repair");
        Assert.True(run.ExitCode == 0 && run.Output.Contains("all good"), run.Output + run.Error);
        run = await RunAsync(_home.Connection, "store", "deleted", Bob);
        Assert.True(run.ExitCode == 0, run.Error);
    }

    // Each server has a data folder of its own; what is large lies where both find it.
    private Task<TestServer> StartAsync() => TestServer.StartAsync(options => options with
    {
        Database = new DatabaseSection
        {
            Engine = DatabaseEngine.Postgresql,
            Connection = _home.Connection,
            Blobs = Path.Combine(_home.Folder, "blobs"),
        },
    });

    private static async Task SendAsync(TestServer server, int size)
    {
        using var client = new SmtpClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync("127.0.0.1", server.Host.EndPoints.Submissions[0].Port, SecureSocketOptions.SslOnConnect);
        await client.AuthenticateAsync("alice@example.test", Password);
        var message = new MimeMessage([MailboxAddress.Parse("alice@example.test")], [MailboxAddress.Parse(Bob)], "Hello Bob", new TextPart("plain")
        {
            Text = string.Concat(Enumerable.Repeat("hello, hello\r\n", size / 14)),
        });
        await client.SendAsync(message);
        await client.DisconnectAsync(quit: true);
    }

    private async Task<CommandRun> RunAsync(string connection, params string[] arguments)
    {
        var folder = Path.Combine(_home.Folder, "server");
        if (!Directory.Exists(folder))
            await TestServer.LayOutAsync(folder);
        var environment = new Dictionary<string, string>
        {
            ["UNIFIEDMSG__DATABASE__ENGINE"] = "postgresql",
            ["UNIFIEDMSG__DATABASE__CONNECTION"] = connection,
        };
        return await CommandRun.OfAsync(folder, "", arguments.Length > 0 ? arguments : ["user", "list"], environment);
    }
}
