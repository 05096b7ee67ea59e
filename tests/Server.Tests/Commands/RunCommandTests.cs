using System.Diagnostics;
using System.Text.Json;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Commands;

/// <summary>The real program as its own process.</summary>
public sealed class RunCommandTests : IAsyncLifetime
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("um").FullName;

    public async ValueTask InitializeAsync() =>
        await File.WriteAllTextAsync(Path.Combine(_folder, "unifiedmsg.yaml"), ConfigurationText.Annotated(await TestServer.LayOutAsync(_folder)));

    [Theory, InlineData("TERM"), InlineData("INT")]
    public async Task It_says_when_it_is_ready_and_stops_when_it_is_told_to(string signal)
    {
        using var program = Start("run", "--json");
        var ready = JsonDocument.Parse((await program.StandardOutput.ReadLineAsync().WaitAsync(Guard))!).RootElement;
        Assert.Equal("ready", ready.GetProperty("event").GetString());
        using var http = new HttpClient();
        Assert.Equal("ok\n", await http.GetStringAsync($"http://{ready.GetProperty("endPoints").GetProperty("http")[0]}/readyz"));

        // Another process reaches it over the socket.
        using var other = Start("user", "add", "alice@example.test", "--name", "Alice");
        await other.WaitForExitAsync().WaitAsync(Guard);
        Assert.Equal(0, other.ExitCode);

        using var kill = Process.Start("kill", [$"-{signal}", program.Id.ToString()]);
        await program.WaitForExitAsync().WaitAsync(Guard);
        Assert.Equal(0, program.ExitCode);
        Assert.False(File.Exists(Path.Combine(_folder, "data", "admin.sock")));
        Assert.DoesNotContain("error", await program.StandardError.ReadToEndAsync(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task After_a_kill_it_starts_again_on_the_same_folder()
    {
        using (var program = Start("run", "--json"))
        {
            Assert.NotNull(await program.StandardOutput.ReadLineAsync().WaitAsync(Guard));
            program.Kill();
            await program.WaitForExitAsync().WaitAsync(Guard);
        }
        Assert.True(File.Exists(Path.Combine(_folder, "data", "admin.sock")), "a killed server leaves its socket");
        using var list = Start("user", "list", "--json");
        Assert.Equal("[]", await list.StandardOutput.ReadLineAsync().WaitAsync(Guard));
        await list.WaitForExitAsync().WaitAsync(Guard);
        Assert.Equal(0, list.ExitCode);

        using var again = Start("run", "--json");
        Assert.Contains("ready", await again.StandardOutput.ReadLineAsync().WaitAsync(Guard));
        again.Kill();
        await again.WaitForExitAsync().WaitAsync(Guard);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private Process Start(params string[] arguments)
    {
        // In the background of a script SIGINT is ignored, and who is started there inherits that.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", Path.Combine(AppContext.BaseDirectory, "unifiedmsg.dll"), .. arguments])
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
