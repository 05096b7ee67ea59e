using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

public class DigestTests
{
    private static readonly SipCredentials Mufasa = new("Mufasa", "Circle of Life", "http-auth@example.org");

    // RFC 7616 §3.9.1: the same request under both algorithms.
    [Theory]
    [InlineData("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")]
    [InlineData("MD5", "8ca523f5e9506fed4657c9700eebdbec")]
    public void The_vectors_of_RFC_7616(string algorithm, string response)
    {
        Assert.True(DigestChallenge.TryParse(
            $"Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, "
            + "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"", out var challenge));
        var use = new DigestUse(challenge.Algorithm, challenge.Nonce, 1, "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", challenge.Qop);
        var secret = DigestHash.Secret(challenge.Algorithm, Mufasa.UserName, challenge.Realm, Mufasa.Password);
        Assert.Equal(response, DigestHash.Response(use, secret, "GET", "/dir/index.html", default));
        var request = new SipRequest("REGISTER", SipUri.Parse("sip:example.test"));
        Assert.Contains("qop=auth, nc=00000001", DigestClient.Answer(challenge, Mufasa, request, 1, "c"));
    }

    [Theory]
    [InlineData("Basic realm=\"x\"")]
    [InlineData("Digest realm=\"x\"")]
    [InlineData("Digest realm=\"x\", nonce=\"y\", algorithm=SHA-512-256")]
    [InlineData("Digest realm=\"x\", nonce=\"y\", qop=\"auth-conf\"")]
    [InlineData("Digest realm=\"x\", nonce=\"y\", nonce=\"z\"")]
    [InlineData("Digest realm=\"x, nonce=\"y\"")]
    public void What_cannot_be_answered_is_not_a_challenge(string text) => Assert.False(DigestChallenge.TryParse(text, out _));

    [Fact]
    public void A_wrong_password_is_said_once_and_a_stale_nonce_again()
    {
        var client = new DigestClient(new SipCredentials("alice", "secret"));
        var request = new SipRequest("REGISTER", SipUri.Parse("sip:example.test"));
        Assert.True(client.TryAuthorize(request, Challenge(401, "n1")));
        Assert.StartsWith("Digest username=\"alice\"", request.Headers["Authorization"]);
        Assert.False(client.TryAuthorize(request, Challenge(401, "n2")));
        Assert.True(client.TryAuthorize(request, Challenge(407, "n3", ", stale=TRUE")));
        Assert.Contains("nonce=\"n3\"", request.Headers["Proxy-Authorization"]);
        Assert.DoesNotContain("secret", new SipCredentials("alice", "secret").ToString());
    }

    [Fact]
    public async Task A_call_is_challenged_and_answered_again()
    {
        await using var peers = await Peers.StartAsync();
        var order = peers.Order() with { Credentials = new SipCredentials("alice", "secret") };
        peers.Application.Serve = async (call, _) =>
        {
            if (call.Request.Headers["Authorization"] is { } answer && answer.Contains("nonce=\"n1\"", StringComparison.Ordinal))
                await call.AnswerAsync(Peers.Answer);
            else
                await call.RejectAsync(401, headers: [new SipHeader("WWW-Authenticate", "Digest realm=\"r\", nonce=\"n1\", qop=\"auth\"")]);
            await call.Ended.Wait();
        };
        var result = await peers.Client.CallAsync(order, default).Soon();
        Assert.NotNull(result.Call);
        Assert.Equal(2u, result.Call.Request.CSeq!.Value.Number);
        await result.Call.HangUpAsync().Soon();
        Assert.Equal(401, (await peers.Client.CallAsync(peers.Order(), default).Soon()).Response.Status);
    }

    [Fact]
    public void The_strongest_algorithm_is_answered_and_a_weaker_one_never_after_it()
    {
        var client = new DigestClient(new SipCredentials("alice", "secret"));
        var request = new SipRequest("REGISTER", SipUri.Parse("sip:example.test"));
        var both = Challenge(401, "m");
        both.Headers.Add("WWW-Authenticate", "Digest realm=\"r\", nonce=\"s\", algorithm=SHA-256, qop=\"auth\"");
        both.Headers.Add("WWW-Authenticate", "Digest realm=\"r\", nonce=\"t\", algorithm=SHA-512-256, qop=\"auth\"");
        Assert.True(client.TryAuthorize(request, both));
        Assert.Contains("nonce=\"s\"", request.Headers["Authorization"]);
        Assert.Contains("algorithm=SHA-256", request.Headers["Authorization"]);
        Assert.False(client.TryAuthorize(request, Challenge(401, "n2", ", stale=true")));
        client.Begin(request);
        Assert.False(client.TryAuthorize(request, Challenge(401, "n3")));
    }

    [Fact]
    public void Several_realms_are_answered_each_and_a_nonce_is_used_on()
    {
        var client = new DigestClient(new SipCredentials("alice", "secret"));
        var request = new SipRequest("REGISTER", SipUri.Parse("sip:example.test"));
        Assert.True(client.TryAuthorize(request, Challenge(407, "p", ", qop=\"auth\"")));
        var two = Challenge(401, "a", ", qop=\"auth\"");
        two.Headers.Add("WWW-Authenticate", "Digest realm=\"other\", nonce=\"b\", qop=\"auth\"");
        Assert.True(client.TryAuthorize(request, two));
        Assert.Equal(2, request.Headers.CountOf("Authorization"));
        Assert.Contains("nc=00000002", request.Headers["Proxy-Authorization"]);
        var next = new SipRequest("REGISTER", SipUri.Parse("sip:example.test"));
        client.Begin(next);
        Assert.All(next.Headers.Lines("Authorization"), line => Assert.Contains("nc=00000002", line));
        Assert.Contains("nc=00000003", next.Headers["Proxy-Authorization"]);
    }

    [Fact]
    public void The_body_is_protected_where_nothing_else_is_offered()
    {
        var client = new DigestClient(Mufasa with { Realm = null });
        var request = new SipRequest("MESSAGE", SipUri.Parse("sip:bob@example.test"));
        request.SetBody(new SipBody("text/plain", "Hello"));
        Assert.True(client.TryAuthorize(request, Challenge(401, "n", ", qop=\"auth-int\"")));
        Assert.True(DigestAuthorization.TryParse(request.Headers["Authorization"]!, out var answer));
        Assert.Equal(DigestQop.AuthInt, answer.Use.Qop);
        var secret = DigestHash.Secret(DigestAlgorithm.Md5, "Mufasa", "r", Mufasa.Password);
        Assert.Equal(DigestHash.Response(answer.Use, secret, "MESSAGE", "sip:bob@example.test", "Hello"u8), answer.Response);
        Assert.NotEqual(DigestHash.Response(answer.Use, secret, "MESSAGE", "sip:bob@example.test", "Hallo"u8), answer.Response);
    }

    [Fact]
    public void A_server_that_does_not_know_the_password_is_found_out()
    {
        var client = new DigestClient(new SipCredentials("alice", "secret"));
        var request = new SipRequest("REGISTER", SipUri.Parse("sip:example.test"));
        Assert.True(client.TryAuthorize(request, Challenge(401, "n", ", qop=\"auth\"")));
        Assert.True(DigestAuthorization.TryParse(request.Headers["Authorization"]!, out var answer));
        var proof = DigestHash.Response(answer.Use, DigestHash.Secret(DigestAlgorithm.Md5, "alice", "r", "secret"), "", answer.Uri, default);
        Assert.True(client.Accepts(request, new SipResponse(200)));
        Assert.True(client.Accepts(request, With(new SipResponse(200), $"rspauth=\"{proof}\", nextnonce=\"n2\"")));
        client.Begin(request);
        Assert.Contains("nonce=\"n2\"", request.Headers["Authorization"]);
        Assert.False(client.Accepts(request, With(new SipResponse(200), $"rspauth=\"{proof}\"")));

        static SipResponse With(SipResponse response, string info)
        {
            response.Headers.Add("Authentication-Info", info);
            return response;
        }
    }

    private static SipResponse Challenge(int status, string nonce, string more = "")
    {
        var response = new SipResponse(status);
        response.Headers.Add(status == 401 ? "WWW-Authenticate" : "Proxy-Authenticate", $"Digest realm=\"r\", nonce=\"{nonce}\"{more}");
        return response;
    }
}
