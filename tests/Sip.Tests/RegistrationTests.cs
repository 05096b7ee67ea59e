using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registrar;
using UnifiedMsg.Sip.Registration;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Tests;

public class RegistrationTests
{
    private static RegistrationOrder Order(params SipUri[] servers) => new()
    {
        Name = "provider",
        AddressOfRecord = SipUri.Parse("sip:alice@example.test"),
        Servers = servers,
        Credentials = Passwords.Alice,
        BackOffBase = TimeSpan.FromMilliseconds(20),
        BackOffMax = TimeSpan.FromMilliseconds(100),
    };

    private static (SipRegistration Registration, ChannelReader<RegistrationStatus> Changes) Start(SipEndpoint endpoint, RegistrationOrder order)
    {
        var changes = Channel.CreateUnbounded<RegistrationStatus>();
        var registration = endpoint.Register(order with { OnChange = status => changes.Writer.TryWrite(status) });
        return (registration, changes.Reader);
    }

    [Theory]
    [InlineData(SipTransportKind.Udp)]
    [InlineData(SipTransportKind.Tcp)]
    public async Task We_register_with_a_password_and_leave_when_stopped(SipTransportKind transport)
    {
        await using var peers = await Peers.StartAsync(transport, o => Passwords.With(o));
        var (registration, changes) = Start(peers.Client, Order(peers.Uri()));
        var status = await changes.Next();
        Assert.Equal(RegistrationState.Registered, status.State);
        Assert.InRange(status.Expires!.Value - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));
        var phone = Assert.Single(await peers.Server.FindPhonesAsync("alice@example.test", default));
        Assert.Equal("alice", phone.Contact.User);

        // What comes to the registered address arrives here.
        var message = peers.Server.CreateRequest("NOTIFY", phone.Contact, Peers.Alice);
        Assert.Equal(200, (await peers.Server.SendToPhoneAsync(message, phone, default).Soon()).Status);

        await registration.StopAsync().Soon();
        Assert.Equal(RegistrationState.Stopped, registration.Status.State);
        Assert.Empty(await peers.Server.FindPhonesAsync("alice@example.test", default));
    }

    [Fact]
    public async Task It_is_refreshed_in_time_with_the_same_nonce()
    {
        var losses = new Losses();
        await using var peers = await Peers.StartAsync(server: o => Passwords.With(o) with { Filter = losses });
        var registrar = Passwords.With(Peers.Options(SipTransportKind.Udp)).Registrar! with { MaxExpires = TimeSpan.FromSeconds(1), MinExpires = TimeSpan.Zero };
        var options = Passwords.With(Peers.Options(SipTransportKind.Udp, losses)) with { Registrar = registrar };
        await using var server = new SipEndpoint(options, new TestApplication(), Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        await server.StartAsync(default);
        var (_, changes) = Start(peers.Client, Order(SipUri.Create("alice", "127.0.0.1", server.Bound[0].EndPoint.Port)));
        for (var i = 0; i < 3; i++)
            Assert.Equal(RegistrationState.Registered, (await changes.Next()).State);
        Assert.Equal(1, losses.Count("> SIP/2.0 401"));
    }

    [Fact]
    public async Task A_server_that_wants_a_longer_time_gets_it()
    {
        await using var peers = await Peers.StartAsync(server: o => Passwords.With(o));
        var (registration, changes) = Start(peers.Client, Order(peers.Uri()) with { Expires = TimeSpan.FromSeconds(10) });
        Assert.Equal(RegistrationState.Registered, (await changes.Next()).State);
        Assert.InRange(registration.Status.Expires!.Value - DateTimeOffset.UtcNow, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task When_a_server_is_gone_the_next_one_is_taken()
    {
        await using var peers = await Peers.StartAsync(server: o => Passwords.With(o));
        var dead = SipUri.Create(null, "127.0.0.1", 1, "tcp");
        var (registration, changes) = Start(peers.Client, Order(dead, peers.Uri()));
        Assert.Equal(RegistrationState.Registered, (await changes.Next()).State);
        Assert.Equal(peers.Uri(), registration.Status.Server, (a, b) => a!.IsSameAs(b!));
    }

    [Fact]
    public async Task A_refusal_is_told_and_tried_again_later()
    {
        var gate = new Gate();
        await using var peers = await Peers.StartAsync(server: o => Passwords.With(o) with { Registrar = Passwords.With(o).Registrar! with { Policy = gate } });
        var (_, changes) = Start(peers.Client, Order(peers.Uri()));
        var failed = await changes.Next();
        Assert.Equal((RegistrationState.Failed, "403 Forbidden"), (failed.State, failed.Reason));
        gate.Open = true;
        RegistrationStatus status;
        do
            status = await changes.Next();
        while (status.State == RegistrationState.Failed);
        Assert.Equal(RegistrationState.Registered, status.State);
        Assert.Null(status.Reason);
    }

    [Fact]
    public async Task A_fault_of_whoever_is_told_does_not_end_the_registration()
    {
        await using var peers = await Peers.StartAsync(server: o => Passwords.With(o));
        var told = Channel.CreateUnbounded<RegistrationState>();
        var first = true;
        var registration = peers.Client.Register(Order(peers.Uri()) with
        {
            OnChange = status =>
            {
                told.Writer.TryWrite(status.State);
                if (first || status.State == RegistrationState.Stopped)
                {
                    first = false;
                    throw new InvalidOperationException("test");
                }
            },
        });
        Assert.Equal(RegistrationState.Registered, await told.Reader.Next());
        Assert.Equal(RegistrationState.Registered, await told.Reader.Next());
        Assert.Equal(RegistrationState.Registered, registration.Status.State);
        await registration.DisposeAsync().AsTask().Soon();
        await registration.StopAsync().Soon();
        Assert.Equal(RegistrationState.Stopped, registration.Status.State);
    }

    [Fact]
    public async Task A_wrong_password_is_said_once_for_each_attempt()
    {
        var losses = new Losses();
        await using var peers = await Peers.StartAsync(server: o => Passwords.With(o) with { Filter = losses });
        var order = Order(peers.Uri()) with { Credentials = Passwords.Alice with { Password = "wrong" }, BackOffBase = TimeSpan.FromHours(1), BackOffMax = TimeSpan.FromHours(1) };
        var (_, changes) = Start(peers.Client, order);
        Assert.Equal("401 Unauthorized", (await changes.Next()).Reason);
        Assert.Equal(2, losses.Seen.Where(line => line.StartsWith("< REGISTER", StringComparison.Ordinal)).Distinct().Count());
    }

    [Fact]
    public async Task While_it_holds_over_UDP_the_path_is_kept_open()
    {
        var time = new FakeTimeProvider();
        // So long that the clock may move on while a request is answered.
        var slow = new SipTimers(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(40), TimeSpan.FromMinutes(50));
        await using var peers = await Peers.StartAsync(time: time, client: o => o with { Timers = slow });
        using var registrar = new Wire(peers.Client.Bound[0].EndPoint);
        var (registration, changes) = Start(peers.Client, Order(SipUri.Create(null, "127.0.0.1", registrar.Port)));
        await registrar.RespondAsync(await registrar.RequestAsync("REGISTER"), 200, headers: ("Expires", "3600"));
        Assert.Equal(RegistrationState.Registered, (await changes.Next()).State);
        for (var i = 0; i < 3; i++)
        {
            // RFC 5626 §4.4.1: not before four fifths of the time, and not after it.
            time.Advance(TimeSpan.FromSeconds(23));
            Assert.Equal(0, registrar.Waiting);
            time.Advance(TimeSpan.FromSeconds(7));
            Assert.Equal("\r\n\r\n"u8.ToArray(), await registrar.ReceiveOctetsAsync());
        }
        var stopping = registration.StopAsync();
        await registrar.RespondAsync(await registrar.RequestAsync("REGISTER"), 200);
        await stopping.Soon();
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0, registrar.Waiting);
    }

    [Theory]
    [InlineData(0, SipTransportKind.Udp)]
    [InlineData(30, SipTransportKind.Tcp)]
    public async Task No_path_is_kept_open_that_need_not_be(int seconds, SipTransportKind transport)
    {
        var time = new FakeTimeProvider();
        var losses = new Losses();
        await using var peers = await Peers.StartAsync(transport, o => Passwords.With(o), time: time,
            client: o => o with { Filter = losses, KeepAlive = new SipKeepAliveOptions { DatagramInterval = TimeSpan.FromSeconds(seconds) } });
        var (_, changes) = Start(peers.Client, Order(peers.Uri()));
        Assert.Equal(RegistrationState.Registered, (await changes.Next()).State);
        time.Advance(TimeSpan.FromSeconds(40));
        Assert.DoesNotContain(losses.Seen, line => line.StartsWith(">  [", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 10, 20)]
    [InlineData(2, 20, 40)]
    [InlineData(4, 50, 100)]
    [InlineData(1000, 50, 100)]
    public void Waits_double_up_to_the_longest(int failures, int least, int most)
    {
        var order = Order(SipUri.Parse("sip:h")) with { BackOffBase = TimeSpan.FromSeconds(20), BackOffMax = TimeSpan.FromSeconds(100) };
        for (var seed = 0; seed < 50; seed++)
        {
            var wait = RegistrationTiming.BackOff(order, failures, null, new Random(seed)).TotalSeconds;
            Assert.InRange(wait, least, most);
        }
        Assert.Equal(90, RegistrationTiming.BackOff(order, 1, TimeSpan.FromSeconds(90), new Random(1)).TotalSeconds);
        Assert.Equal(100, RegistrationTiming.BackOff(order, 1, TimeSpan.FromDays(90), new Random(1)).TotalSeconds);
    }

    [Theory]
    [InlineData("<sip:alice@127.0.0.1:5060>;expires=90, <sip:other@h>;expires=7", null, 90)]
    [InlineData("<sip:alice@203.0.113.1:1024>;expires=90", "3600", 90)]
    [InlineData("<sip:alice@127.0.0.1:5060>", "120", 120)]
    [InlineData("<sip:a@h>;expires=7, <sip:b@h>;expires=8", null, 3600)]
    public void What_was_granted_is_read(string contact, string? expires, int seconds)
    {
        var response = new SipResponse(200);
        response.Headers.Add("Contact", contact);
        response.Headers["Expires"] = expires;
        var granted = RegistrationTiming.Granted(response, SipUri.Parse("sip:alice@127.0.0.1:5060"), TimeSpan.FromHours(1));
        Assert.Equal(seconds, granted.TotalSeconds);
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("18000;duration=3600", 18000)]
    [InlineData("120 (I'm in a meeting)", 120)]
    [InlineData("soon", null)]
    public void Retry_After_is_read(string text, int? seconds)
    {
        var response = new SipResponse(503);
        response.Headers.Add("Retry-After", text);
        Assert.Equal(seconds, response.RetryAfter?.TotalSeconds);
    }

    private sealed class Gate : IRegistrarPolicy
    {
        public volatile bool Open;

        public ValueTask<string?> FindAddressOfRecordAsync(SipUri address, string user, CancellationToken cancellationToken) => new(Open ? user : null);
    }
}
