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
        var answer = DigestClient.Answer(challenge, Mufasa, "GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
        Assert.Contains($"response=\"{response}\"", answer);
        Assert.Contains("qop=auth, nc=00000001", answer);
    }

    [Theory]
    [InlineData("Basic realm=\"x\"")]
    [InlineData("Digest realm=\"x\"")]
    [InlineData("Digest realm=\"x\", nonce=\"y\", algorithm=SHA-512-256")]
    [InlineData("Digest realm=\"x\", nonce=\"y\", qop=\"auth-int\"")]
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

    private static SipResponse Challenge(int status, string nonce, string more = "")
    {
        var response = new SipResponse(status);
        response.Headers.Add(status == 401 ? "WWW-Authenticate" : "Proxy-Authenticate", $"Digest realm=\"r\", nonce=\"{nonce}\"{more}");
        return response;
    }
}
