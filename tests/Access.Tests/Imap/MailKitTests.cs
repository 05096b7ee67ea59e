using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;
using MailKit.Security;
using MimeKit;

namespace UnifiedMsg.Access.Tests.Imap;

public sealed class MailKitTests
{
    [Fact]
    public async Task AMailClientDoesItsDay()
    {
        await using var server = await ImapHarness.StartAsync();
        using var client = new ImapClient();
        await client.ConnectAsync(server.EndPoint.Address.ToString(), server.EndPoint.Port, SecureSocketOptions.None);
        await client.AuthenticateAsync("alice@example.test", ImapHarness.Password);
        Assert.True(client.Capabilities.HasFlag(ImapCapabilities.QuickResync));

        var inbox = client.Inbox!;
        await inbox.OpenAsync(FolderAccess.ReadWrite);
        var message = new MimeMessage { Subject = "Zoë's news" };
        message.From.Add(new MailboxAddress("Zoë", "bob@example.test"));
        message.To.Add(MailboxAddress.Parse("alice@example.test"));
        message.Body = new BodyBuilder { TextBody = "Hello", HtmlBody = "<p>Hello</p>", Attachments = { { "ä.bin", new byte[100_000] } } }.ToMessageBody();
        var uid = await inbox.AppendAsync(message, MessageFlags.None);
        Assert.NotNull(uid);

        var summary = Assert.Single(await inbox.FetchAsync(0, -1, MessageSummaryItems.Full | MessageSummaryItems.UniqueId | MessageSummaryItems.BodyStructure));
        Assert.Equal("Zoë's news", summary.Envelope!.Subject);
        Assert.Equal("Zoë", summary.Envelope.From[0].Name);
        Assert.Equal("ä.bin", Assert.Single(summary.Attachments).FileName);
        var attachment = (MimePart)await inbox.GetBodyPartAsync(summary.UniqueId, summary.Attachments.First());
        using var octets = new MemoryStream();
        await attachment.Content!.DecodeToAsync(octets);
        Assert.Equal(100_000, octets.Length);
        Assert.Equal("Hello", (await inbox.GetMessageAsync(summary.UniqueId)).TextBody);

        Assert.Equal([summary.UniqueId], await inbox.SearchAsync(SearchQuery.SubjectContains("Zoë").And(SearchQuery.Not(SearchQuery.Flagged))));
        await inbox.AddFlagsAsync(summary.UniqueId, MessageFlags.Flagged, true);
        Assert.Empty(await inbox.SearchAsync(SearchQuery.NotFlagged));
        var trash = client.GetFolder(SpecialFolder.Trash)!;
        var moved = await inbox.MoveToAsync(summary.UniqueId, trash);
        Assert.NotNull(moved);
        Assert.Equal(0, inbox.Count);
        var made = await client.GetFolder(client.PersonalNamespaces[0]).CreateAsync("Überblick", true);
        Assert.Equal("Überblick", made!.Name);
        await client.DisconnectAsync(true);
    }

    [Fact]
    public async Task IdleHearsOfNewMail()
    {
        await using var server = await ImapHarness.StartAsync();
        using var client = new ImapClient();
        await client.ConnectAsync(server.EndPoint.Address.ToString(), server.EndPoint.Port, SecureSocketOptions.None);
        await client.AuthenticateAsync(new SaslMechanismScramSha256("alice@example.test", ImapHarness.Password));
        await client.Inbox!.OpenAsync(FolderAccess.ReadOnly);
        using var done = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        client.Inbox.CountChanged += (_, _) => done.Cancel();
        var idle = client.IdleAsync(done.Token);
        await server.DeliverAsync("Subject: new\n\nx");
        await idle;
        Assert.Equal(1, client.Inbox.Count);
    }
}
