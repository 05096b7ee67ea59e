using UnifiedMsg.Sip;

namespace UnifiedMsg.Server.Tests.Crash;

/// <summary>
/// kill -9 of the real process. Whatever the moment, each call is one message in the mailbox after the next start. The moments are
/// random; UNIFIEDMSG_TEST_SEED repeats those of a run that failed.
/// </summary>
public sealed class CrashTests
{
    private readonly int _seed = LoadRounds.Seed;

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
        await using var server = await KilledServer.CreateAsync(SipTransportKind.Udp);
        await server.StartAsync();
        await new LoadRounds(server, new Random(_seed)).KillServerAsync(LoadRounds.Count(10));
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
        await server.CheckNothingIsDoubledAsync();
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
        await server.CheckNothingIsDoubledAsync();
    }

    // Not a wait for something to happen: the random moment itself.
    private static Task WaitAsync(Random random, int fromMilliseconds, int toMilliseconds) =>
        Task.Delay(random.Next(fromMilliseconds, toMilliseconds), TestContext.Current.CancellationToken);
}
