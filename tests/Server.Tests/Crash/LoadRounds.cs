using System.Globalization;
using UnifiedMsg.TestEngines;
using UnifiedMsg.TestKit.Load;

namespace UnifiedMsg.Server.Tests.Crash;

/// <summary>
/// Rounds of mail and calls, each cut off by a kill at a random moment and compared with what was acknowledged until then. rounds.sh makes
/// many of them; a test a few.
/// </summary>
/// <param name="server">The installation; started.</param>
/// <param name="random">Gives the moments.</param>
/// <param name="database">The PostgreSQL server that it works on, or null.</param>
internal sealed class LoadRounds(KilledServer server, Random random, PostgreSqlCluster? database = null)
{
    // A call takes its time, and the audio of all is compared each time.
    private const int CallEvery = 10;

    // Enough to see that the server is at work again.
    private const int Enough = 20;

    private readonly MailLedger _ledger = new();

    /// <summary>What repeats the moments of a run that failed.</summary>
    public static int Seed { get; } = FromEnvironment("UNIFIEDMSG_TEST_SEED") ?? Random.Shared.Next();

    /// <summary>As many as rounds.sh asks for, else a few.</summary>
    public static int Count(int few) => FromEnvironment("UNIFIEDMSG_CRASH_ROUNDS") ?? few;

    /// <summary>Kills the server and starts it again.</summary>
    /// <param name="rounds">How often.</param>
    /// <param name="gone">Completes when nothing of the dead process is under way any more.</param>
    public Task KillServerAsync(int rounds, Func<Task>? gone = null) => RunAsync(rounds, async round =>
    {
        using var dead = new CancellationTokenSource();
        var load = Load().RunAsync(dead.Token);
        if (round % CallEvery == 0)
            await server.CallAsync(1);
        await Task.Delay(random.Next(100, 1500), TestContext.Current.CancellationToken);
        await server.KillAsync();
        await dead.CancelAsync();
        await load;
        await (gone?.Invoke() ?? Task.CompletedTask);
        await server.StartAsync();
    });

    /// <summary>Ends the database under the running server as a power cut would, and starts it again: the server goes on by itself.</summary>
    /// <param name="rounds">How often. In every other one the database stays away until clients were told so, and somebody calls meanwhile.</param>
    public Task KillDatabaseAsync(int rounds) => RunAsync(rounds, round => CrashDatabaseAsync(round, async () =>
    {
        if (round % 2 == 0)
            await MoreAsync(ledger => ledger.Refused);
        if (round % CallEvery == 0)
            await server.CallAsync(1);
    }));

    /// <summary>The same, but the database is back before anybody is told that it was away: nobody notices, and what each crash met of
    /// commits is there once.</summary>
    /// <param name="rounds">How often.</param>
    public async Task KillDatabaseBrieflyAsync(int rounds)
    {
        await RunAsync(rounds, round => CrashDatabaseAsync(round, () => Task.CompletedTask));
        // So nothing was open either: each change was acknowledged, and is as it was acknowledged.
        Assert.Equal(0, _ledger.Refused);
    }

    private MailLoad Load() => new(server.Process.Smtp, server.Process.Imaps, _ledger, KilledServer.Reader, KilledServer.Password);

    private async Task CrashDatabaseAsync(int round, Func<Task> whileAway)
    {
        using var finish = new CancellationTokenSource();
        var load = Load().RunAsync(CancellationToken.None, finish.Token);
        if (round % CallEvery == 0)
            await server.CallAsync(1);
        await Task.Delay(random.Next(100, 1500), TestContext.Current.CancellationToken);
        await database!.KillAsync();
        await whileAway();
        await database.RestartAsync();
        await MoreAsync(ledger => ledger.Acknowledged);
        await finish.CancelAsync();
        await load;
        await server.HangUpAsync();
    }

    private async Task RunAsync(int rounds, Func<int, Task> crash)
    {
        var round = 0;
        try
        {
            await Load().PrepareAsync();
            for (; round < rounds; round++)
            {
                await crash(round);
                _ledger.Check(await Load().ReadAsync());
                await server.CheckStoreAsync();
                Say($"{DateTime.Now:T} round {round + 1} of {rounds}: {_ledger.Acknowledged} changes acknowledged, {_ledger.Refused} refused");
            }
            await server.CheckNothingIsDoubledAsync();
        }
        catch (Exception fault)
        {
            throw new InvalidOperationException(
                $"round {round + 1} of {rounds}, UNIFIEDMSG_TEST_SEED={Seed}: {fault.Message}\n{await KeepAsync()}", fault);
        }
        Say($"{rounds} kills, {_ledger.Acknowledged} acknowledgements, {_ledger.Refused} refusals: nothing lost, nothing doubled");
        Assert.True(_ledger.Acknowledged >= rounds, "there was hardly any load");
    }

    // Where rounds.sh asks for it everything stays for who looks into it.
    private async Task<string> KeepAsync()
    {
        if (Environment.GetEnvironmentVariable("UNIFIEDMSG_CRASH_KEEP") is not { Length: > 0 })
            return "";
        var kept = $"The server's folder and log: {await server.KeepAsync()}";
        return database is null ? kept : $"{kept}\nThe files of PostgreSQL: {await database.KeepAsync()}";
    }

    private Task MoreAsync(Func<MailLedger, int> count)
    {
        var before = count(_ledger);
        return _ledger.WaitAsync(ledger => count(ledger) >= before + Enough);
    }

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    private static int? FromEnvironment(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : null;
}
