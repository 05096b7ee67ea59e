using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Accounts;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registration;
using UnifiedMsg.Sip.Subscriptions;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Hosting;

/// <summary>Phones that register with us, and we with somebody else.</summary>
public sealed class PhoneTests : IAsyncLifetime, ISipApplication
{
    private const string Password = "a long phone password";
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private readonly Channel<SipRequest> _notices = Channel.CreateUnbounded<SipRequest>();
    private TestServer _server = null!;
    private SipEndpoint _phone = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.Host.Administration.AddUserAsync(new NewAccount("alice@example.test", "Alice", "1001", PhonePassword: Password));
        var options = new SipOptions { Listen = [new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, 0))], Software = "desk phone" };
        _phone = new SipEndpoint(options, this, NullLoggerFactory.Instance);
        await _phone.StartAsync(default);
    }

    public ValueTask<int> OnUnsolicitedNotifyAsync(SipRequest notify, CancellationToken cancellationToken)
    {
        _notices.Writer.TryWrite(notify);
        return new(200);
    }

    [Theory]
    [InlineData("sip:1001@127.0.0.1", "1001")]
    [InlineData("sip:1001@um.example.test", "alice@example.test")]
    [InlineData("sip:alice@example.test", "1001")]
    public async Task A_phone_registers_and_is_shown_its_lamp(string address, string user)
    {
        await RegisterAsync(address, user, Password);
        var notice = await _notices.Reader.ReadAsync().AsTask().WaitAsync(Guard);
        Assert.Equal("message-summary", notice.Headers["Event"]);
        Assert.True(MessageWaitingSummary.TryParse(notice.BodyText!, out var summary));
        Assert.False(summary.Waiting);
    }

    [Fact]
    public async Task It_is_known_after_a_restart_and_gone_with_its_person()
    {
        await RegisterAsync("sip:1001@example.test", "1001", Password);
        await _server.StopAsync();
        await _server.StartAgainAsync();
        var phone = Assert.Single(await _server.Host.Administration.ListPhonesAsync("alice@example.test"));
        Assert.Equal("desk phone", phone.UserAgent);
        Assert.Equal($"udp:{_phone.Bound[0].EndPoint}", phone.Source);
        await _server.Host.Administration.RemoveUserAsync("alice@example.test");
        Assert.Empty(await _server.Host.Data.Phones.FindAsync("alice@example.test", default));
    }

    [Theory]
    [InlineData("sip:1001@example.test", "1001", "wrong", "401 Unauthorized")]
    [InlineData("sip:1001@example.test", "alice", Password, "401 Unauthorized")]
    [InlineData("sip:1002@example.test", "1001", Password, "403 Forbidden")]
    [InlineData("sip:nobody@example.test", "1001", Password, "403 Forbidden")]
    public async Task Nobody_else_registers(string address, string user, string password, string reason)
    {
        await _server.AddUserAsync("bob", "1002", Password);
        Assert.Equal(reason, (await TryRegisterAsync(address, user, password)).Reason);
    }

    [Fact]
    public async Task We_register_with_another_server_and_watch_it()
    {
        var file = Path.Combine(_server.Folder, "provider.password");
        await File.WriteAllTextAsync(file, Password + "\n");
        var there = SipUri.Create(null, "127.0.0.1", _server.Host.EndPoints.Sip[0].EndPoint.Port);
        await using var other = await TestServer.StartAsync(options => options with
        {
            Sip = new SipSection
            {
                Registrations = [new RegistrationSection { Name = "provider", Address = "sip:1001@example.test", Servers = [there], PasswordFile = file }],
                Gateways = [there],
                GatewayInterval = TimeSpan.FromMilliseconds(50),
            },
        });
        using var http = new HttpClient { BaseAddress = new Uri($"http://{other.Host.EndPoints.Http[0]}") };
        using var guard = new CancellationTokenSource(Guard);
        string figures;
        do
            figures = await http.GetStringAsync("/metrics", guard.Token);
        while (!figures.Contains("registration_up{registration=\"provider\"} 1", StringComparison.Ordinal)
            || !figures.Contains($"gateway_up{{gateway=\"{there}\"}} 1", StringComparison.Ordinal));
        Assert.Single(await _server.Host.Administration.ListPhonesAsync("alice@example.test"));
        await other.StopAsync();
        Assert.Empty(await _server.Host.Administration.ListPhonesAsync("alice@example.test"));
    }

    [Fact]
    public async Task A_password_file_that_is_not_there_stops_the_start()
    {
        var registration = new RegistrationSection { Address = "sip:1001@example.test", PasswordFile = Path.Combine(_server.Folder, "none") };
        var fault = await Assert.ThrowsAsync<UnifiedMsg.Server.Hosting.StartException>(() =>
            TestServer.StartAsync(options => options with { Sip = new SipSection { Registrations = [registration] } }));
        Assert.StartsWith("sip.registrations[0].passwordFile: ", fault.Message);
    }

    public async ValueTask DisposeAsync()
    {
        await _phone.DisposeAsync();
        await _server.DisposeAsync();
    }

    private async Task RegisterAsync(string address, string user, string password) =>
        Assert.Equal(RegistrationState.Registered, (await TryRegisterAsync(address, user, password)).State);

    private async Task<RegistrationStatus> TryRegisterAsync(string address, string user, string password)
    {
        var done = new TaskCompletionSource<RegistrationStatus>();
        _phone.Register(new RegistrationOrder
        {
            Name = "phone",
            AddressOfRecord = SipUri.Parse(address),
            Servers = [SipUri.Create(null, "127.0.0.1", _server.Host.EndPoints.Sip[0].EndPoint.Port)],
            Credentials = new SipCredentials(user, password),
            OnChange = status => done.TrySetResult(status),
        });
        return await done.Task.WaitAsync(Guard);
    }
}
