using System.Net;
using MailKit;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Interop.Mail;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Phone;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Interop.Thunderbird;

/// <summary>Alice's mail client is Thunderbird, which looks at its mailbox only when it is told to, or when the server speaks up.</summary>
[Requires("thunderbird", package: "thunderbird")]
public sealed class ThunderbirdTests : IAsyncLifetime
{
    private const string Caller = "5550101";

    private Installation _installation = null!;

    public async ValueTask InitializeAsync() => _installation = await Installation.StartAsync();

    [Fact]
    public async Task A_voice_mail_shows_up_unasked_is_heard_and_the_lamp_goes_off()
    {
        await using var lamp = await NewPhoneAsync("1001");
        await lamp.SubscribeLampAsync(Alice, CancellationToken.None);
        await LampMustSayAsync(lamp, fresh: 0, old: 0);
        await using var thunderbird = await ThunderbirdProgram.StartAsync(_installation, Security.Tls);
        await thunderbird.GetMessagesAsync();

        var speech = await Fixtures.ReadAsync("message-short.wav");
        await LeaveMessageAsync(speech);
        await LampMustSayAsync(lamp, fresh: 1, old: 0);
        var message = await _installation.OnlyMessageAsync();
        message.MustBeVoiceMail(speech.Through(AudioCodec.Pcmu), Caller);

        await thunderbird.SeesAsync("INBOX", message.Subject);
        var shown = await thunderbird.ReadMessageAsync("INBOX", message.Subject);
        Assert.Contains(Caller, shown.Text);
        var attachment = Assert.Single(shown.Attachments);
        Assert.Equal("audio/wav", attachment.Type);
        Assert.EndsWith(".wav", attachment.Name);
        Assert.Equal(message.Recording, attachment.Content);
        await LampMustSayAsync(lamp, fresh: 0, old: 1);
        await thunderbird.MustHaveIdledAsync();
        await thunderbird.MustBeContentAsync();
    }

    [Theory, InlineData(Security.Tls), InlineData(Security.StartTls)]
    public async Task It_reads_flags_copies_and_deletes(Security security)
    {
        await Letters.FileAsync(_installation, "First", "Second", "Third");
        using var mailbox = await Mailbox.OpenAsync(_installation);
        await using var thunderbird = await ThunderbirdProgram.StartAsync(_installation, security);
        var folders = await thunderbird.GetMessagesAsync();
        Assert.Equal(
            "Archive: Archive, Drafts: Drafts, INBOX: Inbox, Junk: Junk, Sent: SentMail, Trash: Trash",
            string.Join(", ", folders.Select(folder => $"{folder.Key}: {folder.Value}").Order(StringComparer.Ordinal)));
        await thunderbird.SeesAsync("INBOX", "First", "Second", "Third");

        Assert.Contains("This is the letter First.", (await thunderbird.ReadMessageAsync("INBOX", "First")).Text);
        await mailbox.BecomesAsync("INBOX", "First Seen", "Second", "Third");
        await thunderbird.DeleteMessageAsync("INBOX", "Third");
        await thunderbird.MarkUnreadAsync("INBOX", "First");
        await thunderbird.FlagMessageAsync("INBOX", "Second");
        await thunderbird.CreateFolderAsync("Später");
        await thunderbird.CopyMessageAsync("INBOX", "Second", "Später");
        await mailbox.BecomesAsync("Später", "Second Seen Flagged");
        var inbox = await mailbox.BecomesAsync("INBOX", "First", "Second Seen Flagged");
        await mailbox.BecomesAsync("Trash", "Third Seen");

        await inbox.OpenAsync(FolderAccess.ReadWrite);
        await inbox.AddFlagsAsync(0, MessageFlags.Flagged, silent: true);
        await inbox.AddFlagsAsync(1, MessageFlags.Deleted, silent: true);
        await inbox.ExpungeAsync();
        await thunderbird.SeesAsync("INBOX", "First Flagged");
        await thunderbird.MustBeContentAsync();
    }

    [Theory, InlineData(Security.Tls), InlineData(Security.StartTls)]
    public async Task What_it_sends_arrives_and_drafts_and_copies_are_kept(Security security)
    {
        await using var thunderbird = await ThunderbirdProgram.StartAsync(_installation, security);
        await thunderbird.GetMessagesAsync();
        await thunderbird.SaveDraftAsync("bob@example.test", "Entwurf für Bob", "Noch nicht fertig.\r\n");
        await thunderbird.SendMessageAsync("bob@example.test", "Grüße an Bob", "Bis später!\r\n.Alice\r\n");

        using var bob = await Mailbox.OpenAsync(_installation, "bob");
        var inbox = await bob.BecomesAsync("INBOX", "Grüße an Bob");
        var arrived = await inbox.GetMessageAsync(0);
        Assert.Equal("Bis später!\n.Alice\n", arrived.TextBody!.ReplaceLineEndings("\n").TrimEnd('\n') + "\n");
        using var alice = await Mailbox.OpenAsync(_installation);
        await alice.BecomesAsync("Sent", "Grüße an Bob Seen");
        await alice.BecomesAsync("Drafts", "Entwurf für Bob Draft");
        await thunderbird.MustBeContentAsync();
    }

    [Fact]
    public async Task It_tells_its_user_that_the_password_is_wrong()
    {
        await using var thunderbird = await ThunderbirdProgram.StartAsync(_installation, Security.StartTls, password: "wrong horse");
        var dialog = await Assert.ThrowsAsync<DialogException>(thunderbird.GetMessagesAsync);
        Assert.Equal("Login to server 127.0.0.1 with username alice@example.test failed.", dialog.Message);
    }

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    private SipUri Alice => SipUri.Parse($"sip:1001@127.0.0.1:{_installation.SipPort(SipCarrier.Udp)}");

    private static async Task<SoftPhone> NewPhoneAsync(string number)
    {
        var identity = NameAddress.Parse($"<sip:{number}@{TestServer.Domain}>");
        var phone = new SoftPhone(identity, IPAddress.Loopback, SipTransportKind.Udp, NullLoggerFactory.Instance, TimeProvider.System);
        await phone.StartAsync(CancellationToken.None);
        return phone;
    }

    private async Task LeaveMessageAsync(AudioClip speech)
    {
        await using var phone = await NewPhoneAsync(Caller);
        await using var call = await phone.CallAsync(Alice).WaitAsync(Installation.Guard);
        Assert.True(await call.WaitForToneAsync(Installation.Guard), "no tone came");
        var pause = TimeSpan.FromSeconds(0.5);
        await call.PlayAsync(Fixtures.Between(pause, speech, pause)).WaitAsync(Installation.Guard);
        await call.HangUpAsync();
    }

    private static async Task LampMustSayAsync(SoftPhone phone, int fresh, int old)
    {
        var said = await phone.Lamp.ReadAsync().AsTask().WaitAsync(Installation.Guard);
        Assert.Equal((fresh, old, fresh > 0), (said.New, said.Old, said.Waiting));
    }
}
