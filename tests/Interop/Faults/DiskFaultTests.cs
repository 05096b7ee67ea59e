using UnifiedMsg.Interop.FullDisk;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.TestKit;
using UnifiedMsg.TestKit.Load;

namespace UnifiedMsg.Interop.Faults;

/// <summary>
/// The disk fails, or is full, under the real server while mail comes in and is filed: what could not be kept is refused, work goes on by
/// itself when the disk does, and after a kill all that was acknowledged is there once.
/// </summary>
public sealed class DiskFaultTests
{
    private const string User = "bob";
    private const string Password = "correct horse";
    private const int Enough = 50;

    [Fact]
    [Requires("gcc", package: "gcc libc6-dev")]
    public async Task Writes_and_syncs_that_fail_are_refusals_and_cost_nothing_that_was_acknowledged()
    {
        await using var laid = await LayOutAsync(options => options);
        var disk = await FaultyDisk.CreateAsync(laid.Folder, laid.Options.Data);
        await FailAsync(laid, disk.Environment, [
            (() => disk.Fail(percent: 5), disk.Heal),
            (() => disk.Fail(percent: 100), disk.Heal),
            (() => disk.Fail(percent: 30), disk.Heal),
        ]);
    }

    [Fact]
    [Requires("mount", package: "mount")]
    public async Task A_full_disk_refuses_mail_until_there_is_room_and_costs_nothing_that_was_acknowledged()
    {
        await using var disk = await SmallDisk.MountAsync(256);
        await using var laid = await LayOutAsync(options => options with { Data = Path.Combine(disk.Path, "data") });
        await FailAsync(laid, [], [(() => disk.Fill(left: 512 * 1024), disk.Free), (() => disk.Fill(left: 0), disk.Free)]);
    }

    private static async Task<TestServer> LayOutAsync(Func<ServerOptions, ServerOptions> change)
    {
        var laid = await TestServer.StartAsync(change);
        await laid.AddUserAsync(User, password: Password);
        await laid.StopAsync();
        await File.WriteAllTextAsync(Path.Combine(laid.Folder, ConfigurationFile.DefaultName), ConfigurationText.Annotated(laid.Options));
        return laid;
    }

    private static async Task FailAsync(TestServer laid, Dictionary<string, string> environment, (Action Break, Action Mend)[] faults)
    {
        var ledger = new MailLedger();
        var server = await ServerProcess.StartAsync(laid.Folder, environment);
        try
        {
            await Load().PrepareAsync();
            foreach (var (breakIt, mend) in faults)
            {
                using var dead = new CancellationTokenSource();
                var load = Load().RunAsync(dead.Token);
                await MoreAsync(each => each.Acknowledged);
                breakIt();
                await MoreAsync(each => each.Refused);
                mend();
                await MoreAsync(each => each.Acknowledged);
                await server.KillAsync();
                await dead.CancelAsync();
                await load;
                await server.DisposeAsync();
                server = await ServerProcess.StartAsync(laid.Folder, environment);
                ledger.Check(await Load().ReadAsync());
            }
            Assert.Equal(0, await server.TerminateAsync());
            await ExternalProgram.RunAsync(
                "dotnet", laid.Folder, Installation.Guard, Path.Combine(AppContext.BaseDirectory, "unifiedmsg.dll"), "store", "check");
        }
        catch (Exception fault)
        {
            var log = server.Log.Split('\n').Where(line => !line.Contains(" info: ", StringComparison.Ordinal)).TakeLast(100);
            throw new InvalidOperationException($"{fault.Message}\n{string.Join('\n', log)}", fault);
        }
        finally
        {
            await server.DisposeAsync();
        }

        MailLoad Load() => new(server.Smtp, server.Imaps, ledger, $"{User}@{TestServer.Domain}", Password);

        async Task MoreAsync(Func<MailLedger, int> count)
        {
            var before = count(ledger);
            await ledger.WaitAsync(each => count(each) >= before + Enough);
        }
    }
}
