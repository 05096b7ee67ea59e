using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

/// <summary>MESSAGE (RFC 3428).</summary>
public class MessageTests
{
    private static async Task<SipResponse> SendAsync(Peers peers, string type)
    {
        var message = peers.Client.CreateRequest("MESSAGE", peers.Uri(), Peers.Alice);
        message.SetBody(new SipBody(type, "Hello"));
        return await peers.Client.SendAsync(message).Soon();
    }

    [Theory]
    [InlineData("text/plain", 200)]
    [InlineData("Text/Plain;charset=UTF-8", 200)]
    [InlineData("application/im-iscomposing+xml", 415)]
    public async Task Messages_of_the_types_that_are_wanted_are_taken(string type, int status)
    {
        await using var peers = await Peers.StartAsync();
        peers.Application.MessageTypes = ["text/plain"];
        var response = await SendAsync(peers, type);
        Assert.Equal((status, status == 415 ? "text/plain" : null), (response.Status, response.Headers["Accept"]));
        Assert.Null(response.Contact);
        if (status == 200)
            Assert.Equal("Hello", (await peers.Application.Messages.Reader.Next()).BodyText);
    }

    [Fact]
    public async Task Who_wants_none_refuses_them()
    {
        await using var peers = await Peers.StartAsync();
        Assert.Equal(405, (await SendAsync(peers, "text/plain")).Status);
    }
}
