using System.Text;

namespace UnifiedMsg.Access.Tests.Imap;

public sealed class LargeTests
{
    [Fact]
    public async Task ALargeMessageGoesInAndComesOutAsItIs()
    {
        await using var server = await ImapHarness.StartAsync();
        await using var client = await server.SelectAsync();
        var message = "Subject: large\r\n\r\n" + string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{i:D8}\r\n"));
        await client.SendRawAsync($"a APPEND INBOX {{{message.Length}+}}\r\n{message}\r\n");
        Assert.StartsWith("OK", (await client.ReadToAsync("a"))[^1]);
        var inbox = await server.Store.FindFolderAsync(server.Alice.Id, "INBOX");
        var item = Assert.Single(await server.Store.FindItemsAsync(inbox!.Id, [1]));
        await using var content = await server.Store.OpenContentAsync(item.Id);
        using var copy = new MemoryStream();
        await content!.CopyToAsync(copy);
        Assert.Equal(message.Length, copy.Length);
        Assert.Equal(message, Encoding.ASCII.GetString(copy.ToArray()));
        var response = (await client.OkAsync("FETCH 1 BODY.PEEK[]"))[0];
        Assert.Equal($"* 1 FETCH (BODY[] {{{message.Length}}}\r\n{message})", response);
    }
}
