using System.Net;
using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

public class DigestServerTests
{
    private static readonly IPAddress Client = IPAddress.Parse("198.51.100.1");

    private readonly FakeTimeProvider _time = new();
    private readonly DigestServer _server;

    public DigestServerTests() => _server = Create(new SipAuthentication { Realm = Passwords.Realm, Credentials = new Passwords() });

    private DigestServer Create(SipAuthentication options) => new(options, [IPNetwork.Parse("192.0.2.0/24")], _time);

    private static SipRequest Request()
    {
        var request = new SipRequest("REGISTER", SipUri.Parse("sip:example.test"));
        request.Headers.Add("To", "<sip:alice@example.test>");
        return request;
    }

    /// <summary>The request as the client sends it after it was asked.</summary>
    private SipRequest Answered(DigestClient client, bool stale = false)
    {
        var request = Request();
        Assert.True(client.TryAuthorize(request, _server.Challenge(request, Client, "t", stale)));
        return request;
    }

    private static SipRequest Next(DigestClient client)
    {
        var request = Request();
        client.Begin(request);
        return request;
    }

    private ValueTask<DigestVerdict> VerifyAsync(SipRequest request) => _server.VerifyAsync(request, Client, default);

    [Fact]
    public async Task A_right_password_is_proved_and_we_prove_ours()
    {
        var client = new DigestClient(Passwords.Alice);
        var request = Answered(client);
        var verdict = await VerifyAsync(request);
        Assert.Equal("alice", verdict.User);
        var response = new SipResponse(200);
        response.Headers.Add("Authentication-Info", verdict.Info!);
        Assert.Contains("rspauth=", verdict.Info);
        Assert.True(client.Accepts(request, response));
        Assert.Equal("alice", (await VerifyAsync(Next(client))).User);
    }

    [Fact]
    public void The_strongest_algorithm_comes_first_and_MD5_can_be_left_out()
    {
        Assert.Equal(["SHA-256", "MD5"], Algorithms(_server));
        Assert.Equal(["SHA-256"], Algorithms(Create(new SipAuthentication { Realm = "r", Credentials = new Passwords(), Algorithms = [DigestAlgorithm.Sha256] })));

        static string[] Algorithms(DigestServer server) =>
            [.. server.Challenge(Request(), Client, "t", stale: false).Headers.Lines("WWW-Authenticate").Select(line => line.Split("algorithm=")[1].Split(',')[0])];
    }

    [Fact]
    public async Task What_was_proved_can_not_be_said_again()
    {
        var client = new DigestClient(Passwords.Alice);
        var first = Answered(client);
        var second = Next(client);
        Assert.Equal("alice", (await VerifyAsync(second)).User);
        foreach (var replay in new[] { second, first })
            Assert.Equal(new DigestVerdict(null, true, null), await VerifyAsync(replay));
    }

    [Theory]
    [InlineData("alice", "wrong")]
    [InlineData("nobody", "ydobon")]
    public async Task A_wrong_password_and_an_unknown_user_look_the_same(string user, string password) =>
        Assert.Equal(new DigestVerdict(null, false, null, IsWrong: true), await VerifyAsync(Answered(new DigestClient(new SipCredentials(user, password)))));

    [Fact]
    public async Task A_proof_for_another_request_proves_nothing()
    {
        var request = Answered(new DigestClient(Passwords.Alice));
        var other = new SipRequest("REGISTER", SipUri.Parse("sip:other.test"));
        other.Headers.Add("Authorization", request.Headers["Authorization"]!);
        Assert.True((await VerifyAsync(other)).IsWrong);
        var call = new SipRequest("INVITE", request.Uri);
        call.Headers.Add("Authorization", request.Headers["Authorization"]!);
        Assert.True((await VerifyAsync(call)).IsWrong);
    }

    [Fact]
    public async Task An_old_nonce_is_stale_only_for_who_knows_the_password()
    {
        var client = new DigestClient(Passwords.Alice);
        var good = Answered(client);
        var bad = Answered(new DigestClient(Passwords.Alice with { Password = "wrong" }));
        _time.Advance(TimeSpan.FromMinutes(3));
        var aging = await VerifyAsync(Next(client));
        Assert.Contains("nextnonce=", aging.Info);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.True((await VerifyAsync(good)).IsStale);
        Assert.False((await VerifyAsync(bad)).IsStale);
        Assert.Equal("alice", (await VerifyAsync(Answered(client, stale: true))).User);
    }

    [Fact]
    public async Task A_nonce_that_is_not_ours_is_stale()
    {
        var request = Request();
        var challenge = new SipResponse(401);
        challenge.Headers.Add("WWW-Authenticate", $"Digest realm=\"{Passwords.Realm}\", nonce=\"{new string('A', 43)}\", qop=\"auth\", algorithm=SHA-256");
        Assert.True(new DigestClient(Passwords.Alice).TryAuthorize(request, challenge));
        Assert.Equal(new DigestVerdict(null, true, null), await VerifyAsync(request));
    }

    // Somebody who forges an address has not seen what was sent to it, and so can't have it blamed.
    [Fact]
    public async Task A_nonce_is_for_the_address_that_it_was_given_to()
    {
        var client = new DigestClient(Passwords.Alice);
        var good = Answered(client);
        var bad = Answered(new DigestClient(Passwords.Alice with { Password = "wrong" }));
        var elsewhere = IPAddress.Parse("198.51.100.2");
        Assert.Equal(new DigestVerdict(null, true, null), await _server.VerifyAsync(good, elsewhere, default));
        Assert.Equal(default, await _server.VerifyAsync(bad, elsewhere, default));
        Assert.Equal("alice", (await VerifyAsync(good)).User);
    }

    [Fact]
    public async Task Who_tries_passwords_is_shut_out()
    {
        await using var peers = await Peers.StartAsync(server: o => Passwords.With(o) with { Guard = o.Guard with { MaxFailedLogins = 3, Exempt = [] } });
        using var wire = new Wire(peers.ServerEndPoint);
        for (uint i = 1; i <= 4; i++)
        {
            await wire.SendAsync(wire.Request("REGISTER", cseq: 2 * i));
            var challenged = await wire.ResponseAsync();
            Assert.Equal(401, challenged.Status);
            var request = new SipRequest("REGISTER", SipUri.Parse("sip:bob@127.0.0.1"));
            Assert.True(new DigestClient(Passwords.Alice with { Password = "wrong" }).TryAuthorize(request, challenged));
            await wire.SendAsync(wire.Request("REGISTER", cseq: (2 * i) + 1, headers: $"Authorization: {request.Headers["Authorization"]}\r\n"));
            Assert.Equal(401, (await wire.ResponseAsync()).Status);
        }
        Assert.True(peers.Server.Guard.IsBlocked(IPAddress.Loopback));
    }

    [Fact]
    public async Task Without_qop_a_nonce_serves_once()
    {
        var request = Request();
        var challenge = new SipResponse(401);
        var offered = _server.Challenge(request, Client, "t", stale: false).Headers.Lines("WWW-Authenticate").Last();
        challenge.Headers.Add("WWW-Authenticate", offered.Replace(", qop=\"auth\"", ""));
        Assert.True(new DigestClient(Passwords.Alice).TryAuthorize(request, challenge));
        Assert.Equal("alice", (await VerifyAsync(request)).User);
        Assert.True((await VerifyAsync(request)).IsStale);
    }

    [Fact]
    public void A_full_book_begins_anew_and_forgets_no_use()
    {
        var book = new NonceBook(TimeSpan.FromMinutes(5), 3, _time);
        var early = book.Issue(Client);
        var used = book.Issue(Client);
        Assert.True(book.TryUse(used, Client, "c", 1));
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(book.TryUse(book.Issue(Client), Client, "c", 1));
        }
        Assert.False(book.TryUse(used, Client, "c", 1));
        Assert.False(book.TryUse(early, Client, "c", 1));
    }

    [Fact]
    public void Client_nonces_of_one_nonce_are_counted_apart_and_are_few()
    {
        var book = new NonceBook(TimeSpan.FromMinutes(5), 3, _time);
        var nonce = book.Issue(Client);
        for (var i = 0; i < 16; i++)
            Assert.True(book.TryUse(nonce, Client, $"c{i}", 1));
        Assert.False(book.TryUse(nonce, Client, "one more", 1));
        Assert.True(book.TryUse(nonce, Client, "c0", 7));
        Assert.False(book.TryUse(nonce, Client, "c0", 7));
        Assert.False(book.TryUse(nonce + "A", Client, "c0", 8));
        Assert.False(book.TryUse("", Client, "c0", 8));
    }

    [Fact]
    public async Task A_call_needs_a_password_where_that_is_wanted()
    {
        await using var peers = await Peers.StartAsync(server: o => Passwords.With(o, methods: ["INVITE"]));
        peers.Application.Serve = (call, _) => call.RejectAsync(486);
        Assert.Equal(401, (await peers.Client.CallAsync(peers.Order(), default).Soon()).Response.Status);
        var result = await peers.Client.CallAsync(peers.Order() with { Credentials = Passwords.Alice }, default).Soon();
        Assert.Equal(486, result.Response.Status);
        Assert.Equal("alice", (await peers.Application.Calls.Reader.Next()).Request.AuthenticatedUser);
    }

    [Fact]
    public async Task A_trusted_peer_needs_none()
    {
        await using var peers = await Peers.StartAsync(server: o =>
            Passwords.With(o with { TrustedPeers = [IPNetwork.Parse("127.0.0.0/8")] }, methods: ["INVITE"]));
        peers.Application.Serve = (call, _) => call.RejectAsync(486);
        Assert.Equal(486, (await peers.Client.CallAsync(peers.Order(), default).Soon()).Response.Status);
    }
}
