using System.Globalization;
using System.Text;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.KeptStores;

/// <summary>Puts something of everything into the store of a running server, as its clients would: over IMAP, SMTP, SIP and by commands. What a
/// version does not know is left out.</summary>
/// <param name="program">Its commands.</param>
/// <param name="server">The running server.</param>
/// <param name="folder">For files on the way.</param>
internal sealed class Settlement(InstalledProgram program, ServerProcess server, string folder)
{
    /// <summary>Everybody's.</summary>
    public const string Password = "correct horse";

    private const string Alice = "alice@example.test";
    private const string Bob = "bob@example.test";
    private const string Carol = "carol@example.test";
    private const string Extension = "1001";
    private const string Shared = "Team/Plans & \"quotes\"";
    private const string Public = "Announcements";

    // Names that somebody may have to quote, encode, fold or escape on the way.
    private static readonly string[] Odd =
        ["Ärger & Spaß/naïve", "日本語/メール", "a.b.c", "back\\slash", "100% sure", "~tilde", " leading", "Sent/Sent", "😀", Shared];

    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);
    private int _clock;

    /// <summary>Whose mailboxes stay.</summary>
    public static IReadOnlyList<string> People { get; } = [Alice, Bob];

    /// <summary>Makes people and a dial plan, before the server starts.</summary>
    public static async Task PrepareAsync(InstalledProgram program, string folder)
    {
        await File.WriteAllTextAsync(
            Path.Combine(folder, "dialplans", "default.yaml"),
            $"steps:\n  - name: all\n    to: \"{Extension}\"\n    mailbox: \"{Extension}\"\n    greeting: short.wav\n");
        await WavFile.WriteAsync(Path.Combine(folder, "dialplans", "short.wav"), AudioClip.Silence(TimeSpan.FromSeconds(1)), CancellationToken.None);
        await program.RunAsync(Password, "user", "add", Alice, "--name", "Alice", "--extension", Extension, "--password-file", "-", "--pin", "2468");
        await program.RunAsync(Password, "user", "add", Bob, "--name", "Bob Øre", "--password-file", "-");
        await program.RunAsync(Password, "user", "add", Carol, "--name", "Carol", "--password-file", "-");
        await program.RunAsync("", "group", "add", "team@example.test", "--member", Alice, "--member", Bob);
        await program.TryAsync("secret of phones", "user", "set", Alice, "--phone-password-file", "-");
        await program.TryAsync("", "user", "set", Bob, "--quota", "2GiB", "--quota-items", "1000");
    }

    /// <summary>Fills the mailboxes.</summary>
    public async Task FillAsync()
    {
        using ImapClient alice = await ConnectAsync(Alice), bob = await ConnectAsync(Bob);
        await FileAsync(alice, bob);
        await ReceiveAsync();
        await SubmitAsync();
        await CallAsync(alice);
        await ShareAsync(alice, bob);
        await ImportAsync();
        await program.RunAsync("", "user", "remove", Carol);
        await alice.DisconnectAsync(quit: true);
        await bob.DisconnectAsync(quit: true);
    }

    private async Task<ImapClient> ConnectAsync(string address)
    {
        var client = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync(server.Imaps.Address.ToString(), server.Imaps.Port, SecureSocketOptions.SslOnConnect);
        await client.AuthenticateAsync(address, Password);
        return client;
    }

    // In, flagged, copied, moved, thrown away, and folders renamed and removed.
    private async Task FileAsync(ImapClient alice, ImapClient bob)
    {
        IMailFolder root = alice.GetFolder(alice.PersonalNamespaces[0]), inbox = alice.Inbox!;
        foreach (string path in Odd)
            await MakeAsync(root, path);
        await inbox.OpenAsync(FolderAccess.ReadWrite);
        for (int i = 1; i <= 8; i++)
            await AppendAsync(inbox, i, i == 5 ? 90_000 : 400, i % 2 == 0 ? MessageFlags.Seen : MessageFlags.None, i % 3 == 0 ? ["$Forwarded", "Arbeit"] : []);
        IMailFolder archive = await alice.GetFolderAsync("Ärger & Spaß"), mail = await alice.GetFolderAsync("日本語/メール");
        await inbox.CopyToAsync([Uid(1), Uid(5)], archive);
        await inbox.MoveToAsync([Uid(2), Uid(3)], mail);
        await inbox.AddFlagsAsync(Uid(4), MessageFlags.Answered | MessageFlags.Flagged, new HashSet<string> { "$MDNSent" }, silent: true);
        await inbox.AddFlagsAsync([Uid(6), Uid(7)], MessageFlags.Deleted, silent: true);
        await inbox.ExpungeAsync([Uid(6)]);
        await AppendAsync(archive, 20, 100_000, MessageFlags.Draft, []);
        IMailFolder doomed = await MakeAsync(root, "Doomed"), named = await MakeAsync(root, "Old name");
        await AppendAsync(doomed, 21, 500, MessageFlags.None, ["gone"]);
        await AppendAsync(named, 22, 500, MessageFlags.None, []);
        await doomed.DeleteAsync();
        await named.RenameAsync(root, "New name");
        await archive.SubscribeAsync();
        // The same octets in another account.
        await bob.Inbox!.AppendAsync(Letter(1, 400), MessageFlags.Flagged);
        await AppendAsync(bob.Inbox, 30, 70_000, MessageFlags.None, []);
    }

    private async Task ReceiveAsync()
    {
        using var client = new SmtpClient();
        await client.ConnectAsync(server.Smtp.Address.ToString(), server.Smtp.Port, SecureSocketOptions.None);
        foreach ((int number, string[] to) in ((int, string[])[])[(40, [Alice, Bob, Carol]), (41, ["team@example.test"]), (42, [Alice])])
            await client.SendAsync(Letter(number, number == 41 ? 80_000 : 700), MailboxAddress.Parse("eve@example.org"), to.Select(MailboxAddress.Parse));
        await client.DisconnectAsync(quit: true);
    }

    // Nobody takes it, so that it stays in the queue.
    private async Task SubmitAsync()
    {
        using var client = new SmtpClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync(server.Submissions.Address.ToString(), server.Submissions.Port, SecureSocketOptions.SslOnConnect);
        await client.AuthenticateAsync(Alice, Password);
        await client.SendAsync(
            Letter(50, 900), MailboxAddress.Parse(Alice), [MailboxAddress.Parse("dave@example.org"), MailboxAddress.Parse("Erin <erin@example.net>")]);
        await client.DisconnectAsync(quit: true);
    }

    // A message that is spoken, and a call whose caller hangs up.
    private async Task CallAsync(ImapClient alice)
    {
        string wav = Path.Combine(folder, "tone.wav");
        const int Rate = 8000;
        short[] tone = [.. Enumerable.Range(0, 2 * Rate).Select(i => (short)(8000 * Math.Sin(i * Math.Tau / 20)))];
        await WavFile.WriteAsync(wav, new AudioClip(tone, Rate), CancellationToken.None);
        IMailFolder inbox = alice.Inbox!;
        await inbox.OpenAsync(FolderAccess.ReadOnly);
        int before = inbox.Count;
        string target = $"sip:{Extension}@{server.SipUdp}";
        await program.RunAsync("", "call", target, "--play", wav, "--seconds", "60", "--from", "\"Bob\" <sip:1002@example.test>");
        await WaitForAsync(alice, inbox, before + 1);
        await program.RunAsync("", "call", target, "--seconds", "0.5", "--from", "sip:+4930123@example.test");
        await WaitForAsync(alice, inbox, before + 2);
        await inbox.OpenAsync(FolderAccess.ReadWrite);
        await inbox.AddFlagsAsync(before, MessageFlags.Seen, silent: true);
        await inbox.CloseAsync(expunge: false);
    }

    private async Task ShareAsync(ImapClient alice, ImapClient bob)
    {
        if (alice.Capabilities.HasFlag(ImapCapabilities.Acl))
        {
            IMailFolder plans = await alice.GetFolderAsync(Shared);
            await AppendAsync(plans, 60, 500, MessageFlags.None, []);
            await AppendAsync(plans, 61, 500, MessageFlags.Seen, []);
            await plans.SetAccessRightsAsync(Bob, new AccessRights("lrsw"));
            IMailFolder seen = await bob.GetFolderAsync($"Other Users/{Alice}/{Shared}");
            await seen.OpenAsync(FolderAccess.ReadWrite);
            await seen.AddFlagsAsync(0, MessageFlags.Seen | MessageFlags.Flagged, silent: true);
            await seen.SubscribeAsync();
            await seen.CloseAsync(expunge: false);
        }
        if (await program.TryAsync("", "public", "set", Public, "--rights", "lrsi") is null)
            return;
        await program.RunAsync("", "public", "set", Public, "--for", "team@example.test", "--rights", "lrswite");
        IMailFolder news = await bob.GetFolderAsync($"Shared/{Public}");
        await AppendAsync(news, 70, 600, MessageFlags.Seen, []);
        await AppendAsync(news, 71, 600, MessageFlags.None, []);
    }

    private async Task ImportAsync()
    {
        string mbox = Path.Combine(folder, "old.mbox");
        var text = new StringBuilder();
        foreach (int number in (int[])[80, 81])
            text.Append("From eve@example.org Thu Jan  1 10:00:00 2026\n").Append(Text(number, 600).Replace("\r\n", "\n")).Append('\n');
        await File.WriteAllTextAsync(mbox, text.ToString());
        await program.TryAsync("", "import", Bob, mbox, "--folder", "Imported");
    }

    private static async Task<IMailFolder> MakeAsync(IMailFolder root, string path)
    {
        IMailFolder made = root;
        foreach (string level in path.Split('/'))
        {
            IList<IMailFolder> there = await made.GetSubfoldersAsync();
            made = there.FirstOrDefault(each => each.Name == level) ?? (await made.CreateAsync(level, isMessageFolder: true))!;
        }
        return made;
    }

    private async Task AppendAsync(IMailFolder target, int number, int size, MessageFlags flags, string[] keywords) => await target.AppendAsync(
        new AppendRequest(Letter(number, size), flags, keywords, DateTimeOffset.UnixEpoch.AddDays(20_000).AddMinutes(_clock++)));

    private static async Task WaitForAsync(ImapClient client, IMailFolder inbox, int count)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (inbox.Count < count)
        {
            using var done = CancellationTokenSource.CreateLinkedTokenSource(guard.Token);
            void OnCount(object? sender, EventArgs change) => done.Cancel();
            inbox.CountChanged += OnCount;
            await client.IdleAsync(done.Token, CancellationToken.None);
            inbox.CountChanged -= OnCount;
            guard.Token.ThrowIfCancellationRequested();
        }
    }

    private static UniqueId Uid(uint number) => new(number);

    // Every second one answers the one before.
    private static MimeMessage Letter(int number, int size) => MimeMessage.Load(new MemoryStream(Encoding.UTF8.GetBytes(Text(number, size))));

    private static string Text(int number, int size)
    {
        string subject = number % 2 == 0 ? $"Letter {number}" : $"Re: Letter {number - 1}";
        string answers = number % 2 == 0 ? "" : $"In-Reply-To: <{number - 1}@example.org>\r\n";
        var text = new StringBuilder(
            $"From: Eve <eve@example.org>\r\nTo: {Alice}\r\nDate: Thu, 1 Jan 2026 10:{number:00}:00 +0000\r\nSubject: {subject}\r\n"
            + $"Message-ID: <{number}@example.org>\r\n{answers}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
        // Much the same again and again, so that it packs small.
        for (int line = 0; text.Length < size; line++)
            text.Append(CultureInfo.InvariantCulture, $"Page {1 + (line / 200)} of letter {number}, größer als zuvor.\r\n");
        return text.ToString();
    }
}
