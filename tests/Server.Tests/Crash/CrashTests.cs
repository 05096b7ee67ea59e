using System.Globalization;
using UnifiedMsg.Sip;
using UnifiedMsg.TestKit.Load;

namespace UnifiedMsg.Server.Tests.Crash;

/// <summary>
/// kill -9 of the real process. Whatever the moment, each call is one message in the mailbox after the next start. The moments are
/// random; UNIFIEDMSG_TEST_SEED repeats those of a run that failed.
/// </summary>
public sealed class CrashTests
{
    private readonly int _seed = Environment.GetEnvironmentVariable("UNIFIEDMSG_TEST_SEED") is { Length: > 0 } seed
        ? int.Parse(seed, CultureInfo.InvariantCulture)
        : Random.Shared.Next();

    // rounds.sh makes many more of them.
    private readonly int _rounds = Environment.GetEnvironmentVariable("UNIFIEDMSG_CRASH_ROUNDS") is { Length: > 0 } rounds
        ? int.Parse(rounds, CultureInfo.InvariantCulture)
        : 10;

    public CrashTests() => TestContext.Current.TestOutputHelper?.WriteLine($"UNIFIEDMSG_TEST_SEED={_seed}");

    [Fact]
    public Task Ten_kills_in_mid_recording_cost_at_most_a_second_of_each_call() => Task.WhenAll(
        KillInMidRecordingAsync(SipTransportKind.Udp, new Random(_seed), kills: 5),
        KillInMidRecordingAsync(SipTransportKind.Tcp, new Random(_seed + 1), kills: 5));

    [Fact]
    public Task Kills_while_callers_hang_up_and_while_their_messages_are_delivered_lose_and_double_nothing() => Task.WhenAll(
        KillDuringDeliveryAsync(SipTransportKind.Udp, new Random(_seed), rounds: 2),
        KillDuringDeliveryAsync(SipTransportKind.Tcp, new Random(_seed + 1), rounds: 2));

    [Fact]
    public async Task Kills_under_load_of_mail_and_calls_lose_nothing_that_was_acknowledged_and_double_nothing()
    {
        var random = new Random(_seed);
        var ledger = new MailLedger();
        await using var server = await KilledServer.CreateAsync(SipTransportKind.Udp);
        await server.StartAsync();
        await Load().PrepareAsync();
        for (var round = 0; round < _rounds; round++)
        {
            using var dead = new CancellationTokenSource();
            var load = Load().RunAsync(dead.Token);
            // One call in each tenth of the rounds, since the audio of all of them is compared each time.
            if (round % 10 == 0)
                await server.CallAsync(1);
            await WaitAsync(random, 100, 1500);
            await server.KillAsync();
            await dead.CancelAsync();
            await load;

            await server.StartAsync();
            ledger.Check(await Load().ReadAsync());
            await server.CheckStoreAsync();
        }
        await CheckNothingIsDoubledAsync(server);
        TestContext.Current.TestOutputHelper?.WriteLine($"{_rounds} kills, {ledger.Acknowledged} acknowledgements");
        Assert.True(ledger.Acknowledged >= _rounds, "there was hardly any load");

        MailLoad Load() => new(server.Process.Smtp, server.Process.Imaps, ledger, KilledServer.Reader, KilledServer.Password);
    }

    private static async Task KillInMidRecordingAsync(SipTransportKind transport, Random random, int kills)
    {
        await using var server = await KilledServer.CreateAsync(transport);
        await server.StartAsync();
        for (var i = 0; i < kills; i++)
        {
            await server.CallAsync(2);
            await WaitAsync(random, 300, 4500);
            await server.KillAsync();
            await server.StartAsync();
            await server.CheckMailboxAsync();
        }
        await CheckNothingIsDoubledAsync(server);
    }

    private static async Task KillDuringDeliveryAsync(SipTransportKind transport, Random random, int rounds)
    {
        await using var server = await KilledServer.CreateAsync(transport);
        for (var i = 0; i < rounds; i++)
        {
            await server.StartAsync();
            var calls = await server.CallAsync(6);
            await WaitAsync(random, 1700, 2500);
            using var dead = new CancellationTokenSource();
            var hangUps = Task.WhenAll(calls.Select(call => call.HangUpAsync(dead.Token)));
            await WaitAsync(random, 0, 60);
            await server.KillAsync();
            await dead.CancelAsync();
            await hangUps;

            // What the next start takes up is cut off once more.
            await server.StartAsync();
            await WaitAsync(random, 0, 150);
            await server.KillAsync();
        }
        await server.StartAsync();
        await server.CheckMailboxAsync();
        await CheckNothingIsDoubledAsync(server);
    }

    private static async Task CheckNothingIsDoubledAsync(KilledServer server)
    {
        await server.StopAndCheckAsync();
        await server.StartAsync();
        await server.CheckMailboxAsync();
        await server.StopAndCheckAsync();
    }

    // Not a wait for something to happen: the random moment itself.
    private static Task WaitAsync(Random random, int fromMilliseconds, int toMilliseconds) =>
        Task.Delay(random.Next(fromMilliseconds, toMilliseconds), TestContext.Current.CancellationToken);
}
