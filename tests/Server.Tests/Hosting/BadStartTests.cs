using System.Net;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Server.Tests.Commands;
using UnifiedMsg.Store.Backup;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Hosting;

/// <summary>What people get wrong: each time a message that says what to do, the right exit code, and nothing changed on the disk.</summary>
public sealed class BadStartTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("um").FullName;

    public async ValueTask InitializeAsync()
    {
        var options = await TestServer.LayOutAsync(_folder);
        // What the file is read back as has absolute paths; on free ports it is a server that starts.
        await File.WriteAllTextAsync(ConfigurationPath, ConfigurationText.Annotated(options));
    }

    private string ConfigurationPath => Path.Combine(_folder, "unifiedmsg.yaml");

    [Fact]
    public async Task A_busy_port_is_named_with_its_key()
    {
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();
        using var busyDatagram = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var run = await RunAsync(new()
        {
            ["UNIFIEDMSG__LISTEN__IMAP__0"] = busy.LocalEndpoint.ToString()!,
            ["UNIFIEDMSG__LISTEN__SIP__0"] = $"udp://{busyDatagram.Client.LocalEndPoint}",
        });
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"listen.imap[0]: can't listen on {busy.LocalEndpoint}: another program uses this port", run.Error);
        Assert.Contains($"listen.sip[0]: can't listen on {busyDatagram.Client.LocalEndPoint}: another program uses this port", run.Error);
    }

    [Fact]
    public async Task An_unreadable_certificate_is_named()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "cert.pem"), "rubbish");
        var run = await RunAsync();
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{_folder}/cert.pem: there is no certificate in it", run.Error);
    }

    [Fact]
    public async Task A_missing_key_is_named()
    {
        File.Delete(Path.Combine(_folder, "key.pem"));
        var run = await RunAsync();
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{_folder}/key.pem: can't be read", run.Error);
    }

    [Fact]
    public async Task An_unknown_key_of_a_dial_plan_is_told_with_its_place()
    {
        var plan = Path.Combine(_folder, "dialplans", "default.yaml");
        await File.WriteAllTextAsync(plan, "steps:\n  - name: all\n    mailbx: \"1001\"\n");
        var run = await RunAsync();
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{plan}:3:5:", run.Error);
        Assert.Contains("mailbox", run.Error);
    }

    [Fact]
    public async Task Data_of_a_newer_program_is_left_alone()
    {
        await MakeDataAsync();
        var path = Path.Combine(_folder, "data", "unifiedmsg.db");
        await using (var database = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            await database.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = database.CreateCommand();
            command.CommandText = "INSERT INTO schema_migrations VALUES ('store', 999, 'of a later version', 0); PRAGMA wal_checkpoint(TRUNCATE)";
            Assert.NotEqual(0, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }
        var run = await RunAsync();
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("The data of 'store' has schema version 999", run.Error);
    }

    [Fact]
    public async Task A_data_folder_in_use_is_left_to_its_user()
    {
        await using var other = await StartAsync();
        var run = await CommandRun.OfAsync(_folder, "run");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains($"Another server uses the data folder {_folder}/data", run.Error);
    }

    [Fact]
    public async Task A_data_folder_that_a_command_uses_is_waited_for()
    {
        Task<ServerHost> start;
        await using (await DataFolder.OpenAsync(await LoadAsync(), NullLoggerFactory.Instance, TimeProvider.System, TestContext.Current.CancellationToken))
            start = StartAsync();
        await using var server = await start;
        Assert.NotEmpty(server.EndPoints.Imap);
    }

    [Fact]
    public async Task A_database_that_is_gone_is_not_made_anew_over_the_contents_of_the_old_one()
    {
        await MakeDataAsync();
        foreach (var file in Directory.GetFiles(Path.Combine(_folder, "data"), "unifiedmsg.db*"))
            File.Delete(file);
        var run = await RunAsync();
        Assert.Equal(3, run.ExitCode);
        Assert.Contains($"{_folder}/data/unifiedmsg.db is not there, but contents are in {_folder}/data/blobs", run.Error);
    }

    [Fact]
    public async Task A_restore_that_was_cut_off_has_to_be_finished()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "data"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "data", StoreRestore.MarkName), Path.Combine(_folder, "data", "blobs"));
        var run = await RunAsync();
        Assert.Equal(3, run.ExitCode);
        Assert.Contains($"A restore into {_folder}/data was not finished: run `unifiedmsg store restore` again", run.Error);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private Task<ServerOptions> LoadAsync() =>
        ConfigurationFile.LoadAsync(ConfigurationPath, new Dictionary<string, string>(), TestContext.Current.CancellationToken);

    private async Task<ServerHost> StartAsync() =>
        await ServerHost.StartAsync(await LoadAsync(), NullLoggerFactory.Instance, TimeProvider.System, TestContext.Current.CancellationToken);

    private async Task MakeDataAsync()
    {
        var run = await CommandRun.OfAsync(_folder, "user", "add", "alice@example.test", "--name", "Alice");
        Assert.Equal(0, run.ExitCode);
    }

    // Runs `run` on the folder and holds that no file changed.
    private async Task<CommandRun> RunAsync(Dictionary<string, string>? environment = null)
    {
        var before = Snapshot();
        var run = await CommandRun.OfAsync(_folder, "", ["run"], environment);
        Assert.Equal(before, Snapshot());
        return run;
    }

    private List<string> Snapshot() =>
    [
        .. from file in Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Order()
           select $"{file} {File.GetLastWriteTimeUtc(file):O} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}",
    ];
}
