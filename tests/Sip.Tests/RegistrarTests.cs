using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registrar;

namespace UnifiedMsg.Sip.Tests;

public class RegistrarTests
{
    private const string Address = "alice@example.test";

    private static SipRequest Register(Peers peers, string contact, string? more = null, string user = "alice", string callId = "reg-1", uint cseq = 1)
    {
        var request = peers.Client.CreateRequest("REGISTER", peers.Uri(), NameAddress.Parse($"<sip:{user}@example.test>"), NameAddress.Parse($"<sip:{user}@example.test>"));
        request.Headers["Call-ID"] = callId;
        request.Headers["CSeq"] = $"{cseq} REGISTER";
        if (contact.Length > 0)
            request.Headers.Add("Contact", contact);
        foreach (var line in more?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [])
            request.Headers.Add(line.Split(':', 2)[0], line.Split(':', 2)[1].Trim());
        return request;
    }

    private static async Task<SipResponse> SendAsync(Peers peers, SipRequest request) =>
        await peers.Client.SendAsync(request, Passwords.Alice).Soon();

    private static string[] Contacts(SipResponse response) => [.. response.Headers.Values("Contact").Select(c => NameAddress.Parse(c).Uri.ToString())];

    private static Task<Peers> StartAsync(ILocationStore? locations = null, SipTransportKind transport = SipTransportKind.Udp) =>
        Peers.StartAsync(transport, o => Passwords.With(o, locations));

    [Fact]
    public async Task A_phone_registers_is_asked_about_refreshes_and_leaves()
    {
        await using var peers = await StartAsync();
        var response = await SendAsync(peers, Register(peers, "<sip:alice@192.0.2.1>;q=0.5;expires=120, <sip:alice@192.0.2.2>"));
        Assert.Equal(200, response.Status);
        Assert.Equal(["sip:alice@192.0.2.2", "sip:alice@192.0.2.1"], Contacts(response));
        Assert.Equal(["3600", "120"], response.Headers.Values("Contact").Select(c => NameAddress.Parse(c).Parameters["expires"]));
        Assert.NotNull(response.Headers["Date"]);
        Assert.Equal("sip:alice@192.0.2.1", (await peers.Application.Registered.Reader.Next()).Contact.ToString());

        Assert.Equal(2, Contacts(await SendAsync(peers, Register(peers, "", callId: "question"))).Length);
        response = await SendAsync(peers, Register(peers, "<sip:alice@192.0.2.1>", "Expires: 0", cseq: 5));
        Assert.Equal(["sip:alice@192.0.2.2"], Contacts(response));
        response = await SendAsync(peers, Register(peers, "*", "Expires: 0", cseq: 8));
        Assert.Empty(Contacts(response));
        Assert.Empty(await peers.Server.FindPhonesAsync(Address, default));
    }

    // RFC 3261 §20.10.
    [Theory]
    [InlineData("soon")]
    [InlineData("-1")]
    [InlineData("4294967296")]
    public async Task A_malformed_time_at_a_contact_is_an_hour(string expires)
    {
        await using var peers = await StartAsync();
        var response = await SendAsync(peers, Register(peers, $"<sip:alice@192.0.2.1>;expires={expires}", "Expires: 120"));
        Assert.Equal(200, response.Status);
        Assert.Equal("3600", response.Contact!.Parameters["expires"]);
    }

    [Theory]
    [InlineData("<sip:a@192.0.2.1>;expires=30", "", 423)]
    [InlineData("<sip:a@192.0.2.1>", "Expires: 59", 423)]
    [InlineData("<sip:a@192.0.2.1>;q=2", "", 400)]
    [InlineData("<sip:a@192.0.2.1", "", 400)]
    [InlineData("<tel:+4930>", "", 400)]
    [InlineData("*", "Expires: 60", 400)]
    [InlineData("*, <sip:a@192.0.2.1>", "Expires: 0", 400)]
    [InlineData("<sip:a@192.0.2.1>", "Require: gruu", 420)]
    [InlineData("<sip:a@1.1.1.1>, <sip:a@1.1.1.2>, <sip:a@1.1.1.3>, <sip:a@1.1.1.4>", "", 403)]
    public async Task What_can_not_be_is_refused_and_changes_nothing(string contact, string more, int status)
    {
        await using var peers = await StartAsync();
        var response = await SendAsync(peers, Register(peers, contact, more));
        Assert.Equal(status, response.Status);
        Assert.Equal(status == 423 ? "60" : null, response.Headers["Min-Expires"]);
        Assert.Equal(status == 420 ? "gruu" : null, response.Headers["Unsupported"]);
        Assert.Empty(await peers.Server.FindPhonesAsync(Address, default));
    }

    [Fact]
    public async Task Without_a_password_and_for_somebody_else_it_is_refused()
    {
        await using var peers = await StartAsync();
        var response = await peers.Client.SendAsync(Register(peers, "<sip:a@192.0.2.1>")).Soon();
        Assert.Equal(401, response.Status);
        Assert.Equal(2, response.Headers.CountOf("WWW-Authenticate"));
        foreach (var user in new[] { "bob", "nobody" })
            Assert.Equal(403, (await SendAsync(peers, Register(peers, "<sip:a@192.0.2.1>", user: user))).Status);
    }

    [Fact]
    public async Task Two_addresses_of_a_person_are_one()
    {
        await using var peers = await StartAsync();
        Assert.Equal(200, (await SendAsync(peers, Register(peers, "<sip:a@192.0.2.1>"))).Status);
        Assert.Equal(2, Contacts(await SendAsync(peers, Register(peers, "<sip:a@192.0.2.2>", user: "1001", callId: "reg-2"))).Length);
    }

    // RFC 3261 §10.3 step 7: a request of the same Call-ID that is older than the binding is held up somewhere.
    [Fact]
    public async Task An_older_request_changes_nothing()
    {
        await using var peers = await StartAsync();
        Assert.Equal(200, (await SendAsync(peers, Register(peers, "<sip:a@192.0.2.1>", cseq: 10))).Status);
        Assert.Equal(500, (await SendAsync(peers, Register(peers, "<sip:a@192.0.2.1>;expires=0", cseq: 3))).Status);
        Assert.Equal(500, (await SendAsync(peers, Register(peers, "*", "Expires: 0", cseq: 3))).Status);
        Assert.Single(await peers.Server.FindPhonesAsync(Address, default));
        Assert.Equal(200, (await SendAsync(peers, Register(peers, "<sip:a@192.0.2.1>;expires=0", callId: "restarted"))).Status);
    }

    // RFC 5626 §6: a phone that was restarted has another port, and is the same phone.
    [Fact]
    public async Task A_device_that_comes_back_takes_its_own_place()
    {
        await using var peers = await StartAsync();
        const string Device = ";+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>\";reg-id=1";
        await SendAsync(peers, Register(peers, "<sip:a@192.0.2.1:1024>" + Device));
        var response = await SendAsync(peers, Register(peers, "<sip:a@192.0.2.1:1025>" + Device, callId: "restarted"));
        Assert.Equal(["sip:a@192.0.2.1:1025"], Contacts(response));
        Assert.Contains(Device, response.Headers["Contact"]!.Replace("<sip:a@192.0.2.1:1025>;expires=3600", ""));
        Assert.Single(await peers.Server.FindPhonesAsync(Address, default));
    }

    [Theory]
    [InlineData(SipTransportKind.Udp)]
    [InlineData(SipTransportKind.Tcp)]
    public async Task A_notice_reaches_the_phone_on_the_way_it_came_by(SipTransportKind transport)
    {
        await using var peers = await StartAsync(transport: transport);
        // The Contact leads nowhere, as behind address translation.
        Assert.Equal(200, (await SendAsync(peers, Register(peers, "<sip:alice@192.0.2.1:9>"))).Status);
        var phone = Assert.Single(await peers.Server.FindPhonesAsync(Address, default));
        var notify = peers.Server.CreateRequest("NOTIFY", phone.Contact, Peers.Alice);
        Assert.Equal(200, (await peers.Server.SendToPhoneAsync(notify, phone, default).Soon()).Status);
        Assert.Equal("sip:alice@192.0.2.1:9", (await peers.Phone.Notifies.Reader.Next()).Uri.ToString());
    }

    [Fact]
    public async Task A_path_is_kept_told_and_taken()
    {
        await using var peers = await StartAsync();
        var proxy = $"<sip:127.0.0.1:{peers.Client.Bound[0].EndPoint.Port};lr>";
        var response = await SendAsync(peers, Register(peers, "<sip:alice@192.0.2.1:9>", $"Path: {proxy}\nSupported: path"));
        Assert.Equal(proxy, response.Headers["Path"]);
        var phone = Assert.Single(await peers.Server.FindPhonesAsync(Address, default));
        await peers.Server.SendToPhoneAsync(peers.Server.CreateRequest("NOTIFY", phone.Contact, Peers.Alice), phone, default).Soon();
        Assert.Equal(proxy, (await peers.Phone.Notifies.Reader.Next()).Headers["Route"]);
    }

    [Fact]
    public async Task Bindings_that_have_expired_are_not_given()
    {
        var locations = new MemoryLocationStore();
        await using var peers = await StartAsync(locations);
        await SendAsync(peers, Register(peers, "<sip:a@192.0.2.1>, <sip:a@192.0.2.2>"));
        await locations.ChangeAsync(Address, all => [all[0] with { Expires = DateTimeOffset.UtcNow.AddSeconds(-1) }, all[1]], default);
        Assert.Equal(["sip:a@192.0.2.2"], (await peers.Server.FindPhonesAsync(Address, default)).Select(p => p.Contact.ToString()));
        Assert.Single(Contacts(await SendAsync(peers, Register(peers, "", callId: "question"))));
    }

    [Fact]
    public async Task Without_a_registrar_there_is_nothing_to_register_with()
    {
        await using var peers = await Peers.StartAsync();
        Assert.Equal(405, (await SendAsync(peers, Register(peers, "<sip:a@192.0.2.1>"))).Status);
        var options = Passwords.With(Peers.Options(SipTransportKind.Udp)) with { Authentication = null };
        Assert.Throws<ArgumentException>(() => new SipEndpoint(options, new TestApplication(), Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance));
    }
}
