using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Accounts;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Hosting;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registration;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Commands;

/// <summary>What `unifiedmsg status` says of a server that registers, watches, shuts out and is called.</summary>
public sealed class StatusCommandTests : IAsyncLifetime, ISipApplication
{
    private const string Password = "a long phone password";
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private SipEndpoint _other = null!;
    private TestServer? _server;

    public async ValueTask InitializeAsync()
    {
        var options = new SipOptions { Listen = [new SipListenPoint(SipTransportKind.Udp, new IPEndPoint(IPAddress.Loopback, 0))] };
        _other = new SipEndpoint(options, this, NullLoggerFactory.Instance);
        await _other.StartAsync(default);
    }

    [Fact]
    public async Task A_server_says_how_it_stands()
    {
        await StartAsync();
        await UntilAsync(root => root.GetProperty("gateways")[0].GetProperty("state").GetString() == "up"
            && root.GetProperty("registrations")[0].GetProperty("state").GetString() == "failed");
        await ScanAsync();
        var status = await UntilAsync(root => root.GetProperty("blocked").GetArrayLength() > 0);

        var version = typeof(ServerHost).Assembly.GetName().Version!.ToString(3);
        Assert.Equal(version, status.GetProperty("version").GetString());
        Assert.InRange(status.GetProperty("uptimeSeconds").GetInt64(), 0, Guard.TotalSeconds);
        Assert.Equal((0, 0), (status.GetProperty("calls").GetInt32(), status.GetProperty("phones").GetInt32()));
        Assert.Equal(_server!.Host.EndPoints.Sip[0].ToString(), status.GetProperty("sip")[0].GetString());
        Assert.Equal("405 Method Not Allowed", status.GetProperty("registrations")[0].GetProperty("lastError").GetString());
        Assert.False(status.GetProperty("registrations")[0].TryGetProperty("expires", out _));
        Assert.Equal("200 OK", status.GetProperty("gateways")[0].GetProperty("lastAnswer").GetString());
        var blocked = Assert.Single(status.GetProperty("blocked").EnumerateArray());
        Assert.Equal(("127.0.0.1", "scanner"), (blocked.GetProperty("source").GetString(), blocked.GetProperty("offence").GetString()));
        Assert.InRange(blocked.GetProperty("remainingSeconds").GetInt64(), 600 - Guard.TotalSeconds, 600);

        var shown = await RunAsync("status");
        Assert.Matches($@"^UnifiedMsg {version}, up for 00:0\d:\d\d since ", shown);
        Assert.Matches(@"(?m)^provider +failed +sip:127\.0\.0\.1:\d+ +- +405 Method Not Allowed", shown);
        Assert.Matches(@"(?m)^sip:127\.0\.0\.1:\d+ +up +\S+ \S+ +200 OK", shown);
        Assert.Matches(@"(?m)^127\.0\.0\.1 +scanner +00:\d\d:\d\d", shown);
    }

    [Fact]
    public async Task Phones_and_calls_are_counted()
    {
        await StartAsync();
        await _server!.Host.Administration.AddUserAsync(new NewAccount("alice@example.test", "Alice", "1001", PhonePassword: Password));
        var port = _server.Host.EndPoints.Sip[0].EndPoint.Port;
        var registered = new TaskCompletionSource<RegistrationStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        _other.Register(new RegistrationOrder
        {
            Name = "phone",
            AddressOfRecord = SipUri.Parse("sip:1001@example.test"),
            Servers = [SipUri.Create(null, "127.0.0.1", port)],
            Credentials = new SipCredentials("1001", Password),
            OnChange = status => registered.TrySetResult(status),
        });
        Assert.Equal(RegistrationState.Registered, (await registered.Task.WaitAsync(Guard)).State);
        var call = await _other.CallAsync(
            new Sip.Calls.OutgoingCallRequest
            {
                Target = SipUri.Create("1001", "127.0.0.1", port),
                From = NameAddress.Parse("<sip:bob@example.test>"),
                Offer = SipBody.Sdp("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"),
            },
            default).WaitAsync(Guard);
        Assert.NotNull(call.Call);
        await UntilAsync(root => root.GetProperty("calls").GetInt32() == 1 && root.GetProperty("phones").GetInt32() == 1);
        await call.Call.HangUpAsync();
        await UntilAsync(root => root.GetProperty("calls").GetInt32() == 0);
    }

    [Fact]
    public async Task Without_a_server_there_is_nothing_to_say()
    {
        await StartAsync();
        await _server!.StopAsync();
        var run = await CommandRun.OfAsync(_server.Folder, "status");
        Assert.Equal((3, "unifiedmsg: no server runs on this data folder; `unifiedmsg run` starts one"), (run.ExitCode, run.Error.Trim()));
        Assert.Contains("status", (await CommandRun.OfAsync(_server.Folder, "--help")).Output);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        await _other.DisposeAsync();
    }

    private async Task StartAsync()
    {
        var target = SipUri.Create(null, "127.0.0.1", _other.Bound[0].EndPoint.Port);
        _server = await TestServer.StartAsync(options => options with
        {
            Sip = options.Sip with
            {
                Gateways = [target],
                Guard = options.Sip.Guard with { Exempt = [] },
                Registrations = [new RegistrationSection { Name = "provider", Address = "sip:4930123@127.0.0.1", Servers = [target] }],
            },
        });
    }

    /// <summary>Over a connection, whoever says to be a scanner is shut out at once.</summary>
    private async Task ScanAsync()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_server!.Host.EndPoints.Sip.First(each => each.Carrier == SipCarrier.Tcp).EndPoint);
        var lines = "OPTIONS sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
            + "From: <sip:100@127.0.0.1>;tag=1\r\nTo: <sip:100@127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nUser-Agent: friendly-scanner\r\n"
            + "Content-Length: 0\r\n\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(lines));
        // The end of the connection says that it was heard.
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Guard));
    }

    /// <summary>The status as soon as it is so, however slow this machine is.</summary>
    private async Task<JsonElement> UntilAsync(Func<JsonElement, bool> isSo)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (true)
        {
            using var status = JsonDocument.Parse(await RunAsync("status", "--json"));
            if (isSo(status.RootElement))
                return status.RootElement.Clone();
            await Task.Delay(50, guard.Token);
        }
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        var run = await CommandRun.OfAsync(_server!.Folder, arguments);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return run.Output;
    }
}
