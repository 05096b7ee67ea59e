using System.Collections.Concurrent;
using System.Net;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Subscriptions;
using UnifiedMsg.Sip.Transfers;

namespace UnifiedMsg.Sip.Tests;

/// <summary>
/// Two endpoints that call each other over a bad network, and do in each call what comes to their minds. However that goes, nothing may
/// be left of it: no call, dialog, subscription, transfer or transaction, and no fault.
/// </summary>
public sealed class StormTests : IAsyncLifetime
{
    private const int Calls = 200;
    private const int AtOnce = 30;
    private const int Seed = 20260;

    private readonly HurriedTime _time = new(factor: 10);
    private readonly FaultLog _faults = new();
    private readonly ConcurrentDictionary<string, int> _outcomes = new();
    private Side _one = null!;
    private Side _other = null!;
    private int _done;

    public async ValueTask InitializeAsync()
    {
        _one = await StartAsync(1);
        _other = await StartAsync(2);
    }

    public async ValueTask DisposeAsync()
    {
        await _one.Endpoint.DisposeAsync();
        await _other.Endpoint.DisposeAsync();
    }

    [Fact]
    public async Task Nothing_is_left_of_calls_in_a_storm()
    {
        await Parallel.ForAsync(0, Calls, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) =>
        {
            var random = new Random(Seed + i);
            var (from, to) = random.Next(2) == 0 ? (_one, _other) : (_other, _one);
            await (random.Next(10) == 0 ? SubscribeAsync(from, to, random) : CallAsync(from, to, i, random));
            Interlocked.Increment(ref _done);
        });
        _one.Weather.IsFair = _other.Weather.IsFair = true;
        foreach (var side in new[] { _one, _other })
            await EmptyAsync(side);
        Assert.Equal(Calls, _done);
        Assert.Empty(_faults.Faults);
        // The storm was none that nothing survives.
        Assert.True(_outcomes.GetValueOrDefault("up") > Calls / 10, string.Join(", ", _outcomes));
    }

    // Far less than a session lasts without a refresh: what is left then stays.
    private async Task EmptyAsync(Side side)
    {
        var end = _time.GetUtcNow() + TimeSpan.FromMinutes(5);
        while (side.Left() is { } left)
        {
            Assert.True(_time.GetUtcNow() < end, left + " are left; " + string.Join(", ", _outcomes));
            await Task.Delay(TimeSpan.FromSeconds(1), _time);
        }
    }

    private async Task CallAsync(Side from, Side to, int number, Random random)
    {
        using var patience = new CancellationTokenSource();
        if (random.Next(4) == 0)
            patience.CancelAfter(random.Next(400));
        var order = new OutgoingCallRequest
        {
            Target = to.Uri($"{number}"),
            From = Peers.Alice,
            Offer = random.Next(4) == 0 ? null : SipBody.Sdp(Peers.Offer),
            LateOffer = (_, _) => new ValueTask<string?>(Peers.Answer),
            OnEarly = random.Next(4) == 0 ? early => Prepare(early) : null,
            OnAnswered = Prepare,
        };
        try
        {
            var result = await from.Endpoint.CallAsync(order, patience.Token);
            Count(result.Call is null ? $"{result.Response.Status}" : "up");
            if (result.Call is { } call)
                await LiveAsync(call, to, random, number % 2 == 0);
        }
        catch (OperationCanceledException)
        {
            Count("cancelled");
        }
    }

    private async Task ServeAsync(Side self, Side other, IIncomingCall call, CancellationToken stopping)
    {
        var random = new Random(Seed + int.Parse(call.Parties.Dialled.User!));
        random.Next();
        Prepare(call);
        if (random.Next(2) == 0)
            await call.RingAsync(random.Next(2) == 0 ? 180 : 183, random.Next(2) == 0 ? Peers.Answer : null, call.Ended);
        await WaitAsync(random, 300, call.Ended);
        switch (random.Next(8))
        {
            case 0:
                await call.RejectAsync(486, cancellationToken: stopping);
                return;
            case 1:
                await call.HangUpAsync(stopping);
                return;
            case 2:
                return;
        }
        if (await call.AnswerAsync(Peers.Answer, call.Ended))
            await LiveAsync(call, other, random, int.Parse(call.Parties.Dialled.User!) % 2 != 0);
    }

    private static void Prepare(ICall call) => call.OfferHandler = static async (_, cancellationToken) =>
    {
        await Task.Delay(Random.Shared.Next(20), cancellationToken);
        return Random.Shared.Next(5) == 0 ? null : Peers.Answer;
    };

    private async Task LiveAsync(ICall call, Side other, Random random, bool hangsUp)
    {
        try
        {
            for (var left = random.Next(5); left > 0 && !call.Ended.IsCancellationRequested; left--)
            {
                var doing = DoAsync(call, other, random);
                // Now and then the next thing is done before this one is.
                if (random.Next(3) > 0)
                    await doing;
                await WaitAsync(random, 60, call.Ended);
            }
        }
        catch (OperationCanceledException)
        {
            Count("given up");
        }
        // One of the two hangs up at last: the other one has to hear of it.
        if (hangsUp)
            await call.HangUpAsync();
        else
            await call.Ended.Wait();
    }

    private async Task DoAsync(ICall call, Side other, Random random)
    {
        using var patience = new CancellationTokenSource();
        if (random.Next(5) == 0)
            patience.CancelAfter(random.Next(100));
        var what = random.Next(7);
        try
        {
            var status = what switch
            {
                0 => (await call.ReInviteAsync(SipBody.Sdp(Peers.Offer), patience.Token)).Status,
                1 => (await call.ReInviteAsync(null, patience.Token)).Status,
                2 => (await call.UpdateAsync(SipBody.Sdp(Peers.Offer), patience.Token)).Status,
                3 => (await call.UpdateAsync(null, patience.Token)).Status,
                4 => (await call.SendAsync("INFO", new SipBody("application/dtmf", "5"), null, patience.Token)).Status,
                5 => (await call.TransferAsync(other.Uri("0"), patience.Token)).Status,
                _ => await HangUpAsync(call, patience.Token),
            };
            Count($"{what}:{status}");
        }
        catch (OperationCanceledException)
        {
            Count($"{what}:given up");
        }
    }

    private static async Task<int> HangUpAsync(ICall call, CancellationToken cancellationToken)
    {
        await call.HangUpAsync(cancellationToken);
        return 200;
    }

    private async Task SubscribeAsync(Side from, Side to, Random random)
    {
        var order = new SubscriptionOrder { Target = to.Uri("0"), From = Peers.Alice, Package = MessageWaitingSummary.Package, Expires = TimeSpan.FromMinutes(1) };
        var result = await from.Endpoint.SubscribeAsync(order, default);
        Count($"subscribe:{result.Response.Status}");
        if (result.Subscription is not { } subscription)
            return;
        await WaitAsync(random, 200, default);
        await subscription.DisposeAsync();
    }

    private async Task<Side> StartAsync(int number)
    {
        var side = new Side(new Weather(Seed + number, _time));
        side.Application.EventPackages = [MessageWaitingSummary.Package];
        side.Application.Serve = (call, stopping) => ServeAsync(side, side == _one ? _other : _one, call, stopping);
        side.Application.Subscribe = request => SubscribeAnswer.Accept(TimeSpan.FromMinutes(10), _ => new(new MessageWaitingSummary(request.Target, 1, 2).ToBody()),
            static subscription => subscription.Changed());
        side.Application.Refer = _ => Random.Shared.Next(3) == 0 ? ReferAnswer.Refuse(603) : ReferAnswer.Accept(async (progress, cancellationToken) =>
        {
            progress(new SipResponse(180));
            await Task.Delay(Random.Shared.Next(50), cancellationToken);
            return new SipResponse(Random.Shared.Next(2) == 0 ? 200 : 486);
        });
        side.Endpoint = new SipEndpoint(new SipOptions
        {
            Listen = [new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, 0))],
            Filter = side.Weather,
            Guard = new() { MaxQueueDelay = TimeSpan.FromHours(1) },
        }, side.Application, _faults, _time);
        side.Weather.Transports = side.Endpoint.Core.Transports;
        await side.Endpoint.StartAsync(default);
        return side;
    }

    private static Task WaitAsync(Random random, int milliseconds, CancellationToken cancellationToken) => Task.Delay(random.Next(milliseconds), cancellationToken);

    private void Count(string what) => _outcomes.AddOrUpdate(what, 1, static (_, n) => n + 1);

    private sealed class Side(Weather weather)
    {
        public TestApplication Application { get; } = new();

        public Weather Weather { get; } = weather;

        public SipEndpoint Endpoint { get; set; } = null!;

        public SipUri Uri(string user) => SipUri.Create(user, "127.0.0.1", Endpoint.Bound[0].EndPoint.Port);

        /// <summary>What is not over, or null.</summary>
        public string? Left()
        {
            var core = Endpoint.Core;
            (string Name, int Count)[] tables =
            [
                ("calls", Endpoint.CallCount), ("subscriptions", Endpoint.SubscriptionCount), ("dialogs", core.Dialogs.Count),
                ("transfers", core.Referrals.Count), ("transactions", Endpoint.TransactionCount),
            ];
            return tables.All(t => t.Count == 0) ? null : string.Join(", ", tables.Select(t => $"{t.Count} {t.Name}"));
        }
    }
}
