using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Registration;
using UnifiedMsg.Sip.Requests;
using UnifiedMsg.Sip.Subscriptions;

namespace UnifiedMsg.Sip.Tests;

/// <summary>RFC 3261 §8.1.3.4: requests that are sent on go there, each target once, the preferred one first.</summary>
public sealed class RedirectTests
{
    private static SipUri At(Wire wire, string user = "bob") => SipUri.Create(user, "127.0.0.1", wire.Port);

    private static async Task SendOnAsync(Wire wire, SipRequest request, int status, string contact)
    {
        var response = request.CreateResponse(status, null, "moved");
        response.Headers.Add("Contact", contact);
        await wire.SendAsync(SipMessageWriter.Write(response));
    }

    [Fact]
    public async Task A_call_goes_on_to_the_targets_by_preference_until_one_takes_it()
    {
        await using var peers = await Peers.StartAsync();
        using var moved = new Wire(peers.Client.Bound[0].EndPoint);
        using var busy = new Wire(peers.Client.Bound[0].EndPoint);
        var calling = peers.Client.CallAsync(peers.Order() with { Target = At(moved) }, default);
        var first = await moved.RequestAsync("INVITE");
        await SendOnAsync(moved, first, 302, $"<{peers.Uri("carol")}?Subject=On%20holiday&From=eve>;q=0.2, <{At(busy)}>;q=0.9, <mailto:bob@example.test>");
        var second = await busy.RequestAsync("INVITE");
        await busy.RespondAsync(second, 486);
        var third = await peers.Application.Calls.Reader.Next();
        await third.AnswerAsync(Peers.Answer);
        var call = (await calling.Soon()).Call!;
        Assert.True(call.IsUp);
        foreach (var (request, number) in new[] { (second, 2u), (third.Request, 3u) })
        {
            Assert.Equal((first.CallId, first.From!.ToString(), first.To!.ToString()), (request.CallId, request.From!.ToString(), request.To!.ToString()));
            Assert.Equal(number, request.CSeq!.Value.Number);
        }
        Assert.Equal(peers.Uri("carol").ToString(), third.Request.Uri.ToString());
        Assert.Equal("On holiday", third.Request.Headers["Subject"]);
        await call.HangUpAsync().Soon();
    }

    [Fact]
    public async Task Two_that_send_a_call_to_each_other_are_asked_once_each()
    {
        var losses = new Losses();
        await using var peers = await Peers.StartAsync(client: o => o with { Filter = losses });
        using var one = new Wire(peers.Client.Bound[0].EndPoint);
        using var other = new Wire(peers.Client.Bound[0].EndPoint);
        var calling = peers.Client.CallAsync(peers.Order() with { Target = At(one) }, default);
        await SendOnAsync(one, await one.RequestAsync("INVITE"), 301, $"<{At(other)}>");
        await SendOnAsync(other, await other.RequestAsync("INVITE"), 302, $"<{At(one)}>, <{At(other)}>");
        Assert.Equal(302, (await calling.Soon()).Response.Status);
        Assert.Equal(0, losses.Count("[CSeq: 3 INVITE]"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task No_more_targets_are_followed_than_the_limit_says(int limit)
    {
        await using var peers = await Peers.StartAsync(client: o => o with { MaxRedirects = limit });
        using var moved = new Wire(peers.Client.Bound[0].EndPoint);
        var calling = peers.Client.CallAsync(peers.Order() with { Target = At(moved) }, default);
        var branches = new HashSet<string>();
        while (branches.Count <= limit)
        {
            var invite = await moved.RequestAsync("INVITE");
            if (branches.Add(invite.TopVia!.Branch!))
                await SendOnAsync(moved, invite, 302, $"<{At(moved, $"next{branches.Count}")}>, <{At(moved, $"other{branches.Count}")}>");
        }
        Assert.Equal(302, (await calling.Soon()).Response.Status);
        Assert.Equal(limit + 1, branches.Count);
    }

    [Fact]
    public async Task A_call_that_is_to_go_through_a_proxy_does()
    {
        await using var peers = await Peers.StartAsync();
        using var called = new Wire(peers.Client.Bound[0].EndPoint);
        using var proxy = new Wire(peers.Client.Bound[0].EndPoint);
        var calling = peers.Client.CallAsync(peers.Order() with { Target = At(called) }, default);
        await SendOnAsync(called, await called.RequestAsync("INVITE"), 305, $"<sip:127.0.0.1:{proxy.Port}>");
        var through = await proxy.RequestAsync("INVITE");
        Assert.Equal((At(called).ToString(), $"<sip:127.0.0.1:{proxy.Port};lr>"), (through.Uri.ToString(), through.Headers["Route"]));
        await proxy.RespondAsync(through, 603);
        Assert.Equal(603, (await calling.Soon()).Response.Status);
    }

    [Fact]
    public async Task The_new_target_may_ask_for_the_password()
    {
        await using var peers = await Peers.StartAsync();
        using var moved = new Wire(peers.Client.Bound[0].EndPoint);
        peers.Application.Serve = (call, _) => call.Request.Headers.Contains("Authorization")
            ? call.RejectAsync(480)
            : call.RejectAsync(401, headers: [new SipHeader("WWW-Authenticate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"")]);
        var calling = peers.Client.CallAsync(peers.Order() with { Target = At(moved), Credentials = Passwords.Alice }, default);
        await SendOnAsync(moved, await moved.RequestAsync("INVITE"), 302, $"<{peers.Uri()}>");
        Assert.Equal(480, (await calling.Soon()).Response.Status);
    }

    [Fact]
    public async Task A_caller_who_gives_up_is_sent_nowhere_else()
    {
        var losses = new Losses();
        await using var peers = await Peers.StartAsync(client: o => o with { Filter = losses });
        using var moved = new Wire(peers.Client.Bound[0].EndPoint);
        using var giveUp = new CancellationTokenSource();
        var calling = peers.Client.CallAsync(peers.Order() with { Target = At(moved), OnProvisional = _ => giveUp.CancelAfter(0) }, giveUp.Token);
        await SendOnAsync(moved, await moved.RequestAsync("INVITE"), 302, $"<{peers.Uri("carol")}>, <{peers.Uri("dave")}>");
        await (await peers.Application.Calls.Reader.Next()).RingAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calling.Soon());
        Assert.Equal(0, losses.Count("INVITE sip:dave"));
    }

    [Fact]
    public async Task A_message_a_subscription_and_a_registration_go_on_too()
    {
        await using var peers = await Peers.StartAsync(server: o => Passwords.With(o));
        peers.Application.MessageTypes = ["text/plain"];
        peers.Application.EventPackages = [MessageWaitingSummary.Package];
        peers.Application.Subscribe = _ => SubscribeAnswer.Accept(TimeSpan.FromHours(1), _ => new(new MessageWaitingSummary(null, 1, 0).ToBody()));
        using var moved = new Wire(peers.Client.Bound[0].EndPoint);

        var message = peers.Client.CreateRequest("MESSAGE", At(moved), Peers.Alice);
        message.SetBody(new SipBody("text/plain", "hello"));
        var sending = peers.Client.SendAsync(message);
        await SendOnAsync(moved, await moved.RequestAsync("MESSAGE"), 302, $"<{peers.Uri()}>");
        Assert.Equal(200, (await sending.Soon()).Status);
        Assert.Equal("hello", (await peers.Application.Messages.Reader.Next()).BodyText);

        var subscribing = peers.Client.SubscribeAsync(
            new SubscriptionOrder { Target = At(moved), From = Peers.Alice, Package = MessageWaitingSummary.Package }, default);
        await SendOnAsync(moved, await moved.RequestAsync("SUBSCRIBE"), 302, $"<{peers.Uri()}>");
        await using var subscription = (await subscribing.Soon()).Subscription!;
        Assert.Contains("Voice-Message: 1/0", (await subscription.Notifications.Next()).BodyText);

        var registered = new TaskCompletionSource<RegistrationStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = peers.Client.Register(new RegistrationOrder
        {
            Name = "provider",
            AddressOfRecord = SipUri.Parse("sip:alice@example.test"),
            Servers = [At(moved)],
            Credentials = Passwords.Alice,
            OnChange = status => registered.TrySetResult(status),
        });
        await SendOnAsync(moved, await moved.RequestAsync("REGISTER"), 302, $"<{SipUri.Create(null, "127.0.0.1", peers.ServerEndPoint.Port)}>");
        Assert.Equal(RegistrationState.Registered, (await registered.Task.Soon()).State);
        Assert.Single(await peers.Server.FindPhonesAsync("alice@example.test", default));
        // Its end is sent the way of all: to the server, who sends it on.
        var ending = registration.StopAsync();
        await SendOnAsync(moved, await moved.RequestAsync("REGISTER"), 302, $"<{SipUri.Create(null, "127.0.0.1", peers.ServerEndPoint.Port)}>");
        await ending.Soon();
        Assert.Empty(await peers.Server.FindPhonesAsync("alice@example.test", default));
    }

    // Request-URI, status, Contact, what is asked next in its order.
    [Theory]
    [InlineData("sip:a@h", 300, "<sip:b@h>;q=0.1, <sip:c@h>, <sip:d@h>;q=0.5", "sip:c@h sip:d@h sip:b@h")]
    [InlineData("sip:a@h", 399, "sip:b@h;q=0.4, <sips:b@h>;q=0.4", "sip:b@h sips:b@h")]
    [InlineData("sip:a@h", 302, "<sip:a@H>, <sip:b@h>, <sip:b@h;transport=tcp>, <sip:b@h>", "sip:b@h sip:b@h;transport=tcp")]
    [InlineData("sip:a@h", 302, "<tel:+4930123>, <mailto:b@h>, <http://h/>, <sip:b@h>;q=2, <<, *", "")]
    [InlineData("sip:a@h", 302, "<sip:b@h;method=REGISTER>, <sip:c@h;method=INVITE;user=phone>", "sip:c@h;user=phone")]
    [InlineData("sip:a@h", 380, "<sip:b@h>", "")]
    [InlineData("sips:a@h", 302, "<sip:b@h>;q=1, <sips:c@h>;q=0.1", "sips:c@h")]
    [InlineData("sip:a@h", 486, "<sip:b@h>", "")]
    [InlineData("sip:a@h", 302, "", "")]
    public void Targets_are_taken_from_a_redirect(string uri, int status, string contact, string expected)
    {
        var targets = new TargetSet(SipUri.Parse(uri), "INVITE", 10);
        var next = new List<string>();
        for (var response = Redirect(status, contact); targets.MoveOn(response); response = new SipResponse(480))
            next.Add(targets.Current.Uri.ToString());
        Assert.Equal(expected, string.Join(' ', next));
    }

    [Fact]
    public void What_a_redirect_leads_to_comes_before_what_was_left_of_the_one_before()
    {
        var targets = new TargetSet(SipUri.Parse("sip:a@h"), "INVITE", 10);
        Assert.True(targets.MoveOn(Redirect(302, "<sip:b@h>, <sip:c@h>")));
        Assert.True(targets.MoveOn(Redirect(302, "<sip:d@h>;q=0.1, <sips:e@h>;q=0.3")));
        Assert.Equal("sips:e@h", targets.Current.Uri.ToString());
        // From a safe target no way leads to one that is not.
        Assert.True(targets.MoveOn(Redirect(302, "<sip:f@h>")));
        Assert.Equal("sip:d@h", targets.Current.Uri.ToString());
        Assert.True(targets.MoveOn(new SipResponse(486)));
        Assert.Equal("sip:c@h", targets.Current.Uri.ToString());
        // That the last one could not be reached is not what the caller is told.
        Assert.False(targets.MoveOn(new SipResponse(503) { IsLocal = true }));
        Assert.Equal(486, targets.Answer!.Status);
    }

    [Fact]
    public void That_nobody_was_reached_where_a_redirect_leads_is_told()
    {
        var targets = new TargetSet(SipUri.Parse("sip:a@h"), "INVITE", 10);
        Assert.True(targets.MoveOn(Redirect(302, "<sip:b@h>")));
        Assert.False(targets.MoveOn(new SipResponse(503) { IsLocal = true }));
        Assert.Equal(503, targets.Answer!.Status);
    }

    [Theory]
    [InlineData(603)]
    [InlineData(487)]
    public void A_refusal_for_everybody_is_the_end(int status)
    {
        var targets = new TargetSet(SipUri.Parse("sip:a@h"), "INVITE", 10);
        Assert.True(targets.MoveOn(Redirect(302, "<sip:b@h>, <sip:c@h>")));
        Assert.False(targets.MoveOn(new SipResponse(status)));
        Assert.Equal(status, targets.Answer!.Status);
    }

    // RFC 3261 §19.1.5: what could speak for us, steer the request or break it is not taken.
    [Theory]
    [InlineData("Subject=a%20b&priority=urgent", "Subject: a b, Priority: urgent")]
    [InlineData("User-to-User=56a3%3Bencoding%3Dhex&Reason=SIP%3Bcause%3D302", "User-to-User: 56a3;encoding=hex, Reason: SIP;cause=302")]
    [InlineData("s=short", "Subject: short")]
    [InlineData("Subject=a%0d%0aFrom%3A%20eve", "")]
    [InlineData("From=eve&To=eve&Call-ID=1&CSeq=1&Via=x&Record-Route=x&Route=x&Contact=x&Supported=x&Authorization=x&P-Asserted-Identity=x", "")]
    [InlineData("Max-Forwards=255&Content-Type=x&Content-Length=9&body=x&Require=x&Replaces=x&Session-Expires=1&Identity=x", "")]
    public void Only_what_describes_the_call_is_taken_from_the_headers_of_a_URI(string headers, string expected)
    {
        var targets = new TargetSet(SipUri.Parse("sip:a@h"), "INVITE", 10);
        Assert.True(targets.MoveOn(Redirect(302, $"<sip:b@h;user=phone?{headers}>")));
        Assert.Equal("sip:b@h;user=phone", targets.Current.Uri.ToString());
        Assert.Equal(expected, string.Join(", ", targets.Current.Headers!.Select(h => $"{h.Name}: {h.Value}")));
    }

    private static SipResponse Redirect(int status, string contact)
    {
        var response = new SipResponse(status);
        response.Headers.Add("Contact", contact);
        return response;
    }
}
