using System.Security.Cryptography;
using System.Text;
using UnifiedMsg.Database;

namespace UnifiedMsg.Server.Tests.Commands;

public sealed class StoreRekeyCommandTests : IAsyncLifetime
{
    private string _folder = "";

    private string KeyFile => Path.Combine(_folder, "store.keys");

    public async ValueTask InitializeAsync()
    {
        _folder = Path.Combine(Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName, "um");
        Assert.Equal(0, (await CommandRun.OfAsync(Path.GetDirectoryName(_folder)!, "init", _folder, "--domain", "example.test")).ExitCode);
        Assert.Equal(0, (await CommandRun.OfAsync(_folder, "user", "add", "alice@example.test", "--name", "Alice")).ExitCode);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Keys_come_and_go()
    {
        var run = await CommandRun.OfAsync(_folder, "store", "rekey");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("store.encryption names no keys", run.Error);

        WriteKeys("old");
        run = await RunAsync("store", "rekey");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("0 contents encrypted with the key 'old'", run.Output);

        WriteKeys("new", "old");
        run = await RunAsync("store", "rekey", "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("\"unused\":[\"old\"]", run.Output);

        WriteKeys("new");
        Assert.Equal(0, (await RunAsync("store", "check")).ExitCode);
    }

    [Fact]
    public async Task A_missing_key_stops_the_start_and_nothing_is_touched()
    {
        WriteKeys("old");
        Assert.Equal(0, (await RunAsync("store", "check")).ExitCode);
        WriteKeys("new");
        var before = Snapshot();
        var run = await RunAsync("run");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("of its keys these are not given: old", run.Error);
        Assert.Equal(before, Snapshot());
        Assert.Equal(3, (await CommandRun.OfAsync(_folder, "run")).ExitCode);
    }

    [Fact]
    public async Task A_file_of_keys_that_can_not_be_used_is_told_with_its_option()
    {
        WriteText("this is no key");
        var run = await RunAsync("run");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"store.encryption.keys: {KeyFile}, line 1: expected an id", run.Error);
        Assert.DoesNotContain("this is no key", run.Error);
    }

    private void WriteKeys(params string[] ids) =>
        WriteText(string.Join('\n', ids.Select(id => $"{id} {Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(id)))}")));

    private void WriteText(string text)
    {
        using var file = PrivateFiles.Open(KeyFile, FileMode.Create, FileAccess.Write, FileShare.None);
        file.Write(Encoding.ASCII.GetBytes(text));
    }

    private Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.OfAsync(
        _folder, "", arguments, new Dictionary<string, string> { ["UNIFIEDMSG__STORE__ENCRYPTION__KEYS"] = KeyFile });

    private List<string> Snapshot() =>
    [
        .. from file in Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Order()
           select $"{file} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}",
    ];
}
