using System.Net;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace UnifiedMsg.TestKit.Load;

/// <summary>Mail clients and mail servers that keep a server busy until it dies, and note each answer in a ledger.</summary>
/// <param name="smtp">Where the mail servers deliver.</param>
/// <param name="imaps">Where the mail clients connect.</param>
/// <param name="ledger">Gets what is asked and answered; of one mailbox.</param>
/// <param name="user">Whose mailbox.</param>
/// <param name="password">The password.</param>
public sealed class MailLoad(IPEndPoint smtp, IPEndPoint imaps, MailLedger ledger, string user, string password)
{
    private const string Inbox = "INBOX";
    private const string Done = "Done";
    private const int Senders = 3;
    private const int Clients = 3;

    // Every eighth is too large for the database and gets a file of its own.
    private const int LargeEvery = 8;

    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    /// <summary>Works until it is stopped or the server is gone.</summary>
    /// <param name="stop">Cuts it off, whatever is under way.</param>
    /// <param name="finish">Ends it when what is under way was answered.</param>
    public Task RunAsync(CancellationToken stop, CancellationToken finish = default) => Task.WhenAll([
        .. Enumerable.Range(0, Senders).Select(_ => UntilGoneAsync(() => SendAsync(stop, finish), stop, finish)),
        .. Enumerable.Range(0, Clients).Select(i => UntilGoneAsync(() => ChangeAsync(i, stop, finish), stop, finish)),
    ]);

    /// <summary>Makes the folders that the clients use.</summary>
    public async Task PrepareAsync()
    {
        using var guard = new CancellationTokenSource(Guard);
        using var client = await ConnectAsync(guard.Token);
        var root = client.GetFolder(client.PersonalNamespaces[0]);
        await root.CreateAsync(Done, isMessageFolder: true, guard.Token);
        for (var i = 0; i < Clients; i++)
            await root.CreateAsync(Work(i), isMessageFolder: true, guard.Token);
    }

    /// <summary>All that is in the mailbox.</summary>
    public async Task<IReadOnlyList<(string Message, MailState State)>> ReadAsync()
    {
        using var guard = new CancellationTokenSource(Guard);
        using var client = await ConnectAsync(guard.Token);
        var found = new List<(string, MailState)>();
        foreach (var name in (string[])[Inbox, Done, .. Enumerable.Range(0, Clients).Select(Work)])
        {
            var folder = await client.GetFolderAsync(name, guard.Token);
            await folder.OpenAsync(FolderAccess.ReadOnly, guard.Token);
            foreach (var summary in await folder.FetchAsync(0, -1, MessageSummaryItems.UniqueId | MessageSummaryItems.Envelope | MessageSummaryItems.Flags, guard.Token))
            {
                ledger.Place($"<{summary.Envelope!.MessageId}>", name, folder.UidValidity, summary.UniqueId.Id);
                found.Add(($"<{summary.Envelope!.MessageId}>", new MailState(name, summary.Flags!.Value.HasFlag(MessageFlags.Flagged))));
            }
        }
        await client.DisconnectAsync(quit: true, guard.Token);
        return found;
    }

    private static string Work(int client) => $"Work{client}";

    // A connection may break before the server is gone; what was asked last on it stays open in the ledger.
    private async Task UntilGoneAsync(Func<Task> work, CancellationToken stop, CancellationToken finish)
    {
        while (!stop.IsCancellationRequested && !finish.IsCancellationRequested)
        {
            try
            {
                await work();
            }
            catch (Exception fault) when (fault is System.Net.Sockets.SocketException or OperationCanceledException)
            {
                return;
            }
            catch (Exception fault) when (fault is IOException or SslHandshakeException or ServiceNotConnectedException
                or ImapProtocolException or SmtpProtocolException)
            {
            }
            catch (Exception fault) when (fault is AuthenticationException or ImapCommandException)
            {
                // Not let in now; the password is right.
                ledger.Refuse();
            }
        }
    }

    private async Task SendAsync(CancellationToken stop, CancellationToken finish)
    {
        using var client = new SmtpClient();
        await client.ConnectAsync(smtp.Address.ToString(), smtp.Port, SecureSocketOptions.None, stop);
        while (!finish.IsCancellationRequested)
        {
            var name = ledger.Next();
            var acknowledged = ledger.Asks(name, new MailState(Inbox, false));
            try
            {
                await client.SendAsync(Message(name), stop);
                acknowledged();
            }
            catch (SmtpCommandException refusal)
            {
                // RFC 5321 §4.2.1: after a 5yz the sender's server would not come again.
                if ((int)refusal.StatusCode >= 500)
                    throw new InvalidOperationException($"{name} was refused for good: {refusal.StatusCode} {refusal.Message}", refusal);
                ledger.Refuse();
            }
        }
    }

    // As a client files: in, flagged, moved, and every third thrown away.
    private async Task ChangeAsync(int number, CancellationToken stop, CancellationToken finish)
    {
        using var client = await ConnectAsync(stop);
        var work = await client.GetFolderAsync(Work(number), stop);
        var done = await client.GetFolderAsync(Done, stop);
        await work.OpenAsync(FolderAccess.ReadWrite, stop);
        for (var i = 0; !finish.IsCancellationRequested; i++)
        {
            try
            {
                await FileAsync(work, done, keep: i % 3 > 0, stop);
            }
            catch (ImapCommandException)
            {
                ledger.Refuse();
            }
        }
    }

    private async Task FileAsync(IMailFolder work, IMailFolder done, bool keep, CancellationToken stop)
    {
        var name = ledger.Next();
        var acknowledged = ledger.Asks(name, new MailState(work.Name, false));
        var uid = (await work.AppendAsync(Message(name), MessageFlags.Seen, stop))!.Value;
        ledger.Place(name, work.Name, uid.Validity, uid.Id);
        acknowledged();
        acknowledged = ledger.Asks(name, new MailState(work.Name, true));
        await work.AddFlagsAsync(uid, MessageFlags.Flagged, silent: false, stop);
        acknowledged();
        acknowledged = ledger.Asks(name, keep ? new MailState(done.Name, true) : MailState.Absent);
        if (keep)
        {
            if (await work.MoveToAsync(uid, done, stop) is { } moved)
                ledger.Place(name, done.Name, moved.Validity, moved.Id);
        }
        else
        {
            await work.AddFlagsAsync(uid, MessageFlags.Deleted, silent: true, stop);
            await work.ExpungeAsync([uid], stop);
        }
        acknowledged();
    }

    private async Task<ImapClient> ConnectAsync(CancellationToken stop)
    {
        var client = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        try
        {
            await client.ConnectAsync(imaps.Address.ToString(), imaps.Port, SecureSocketOptions.SslOnConnect, stop);
            await client.AuthenticateAsync(new NetworkCredential(user, password), stop);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private MimeMessage Message(string name)
    {
        var length = name.Sum(letter => letter) % LargeEvery == 0 ? 90_000 : 3_000;
        return new MimeMessage(
            [MailboxAddress.Parse("carol@example.org")], [MailboxAddress.Parse(user)], name, new TextPart("plain") { Text = Words(name, length) })
        {
            MessageId = name.Trim('<', '>'),
        };
    }

    private static string Words(string name, int length) => string.Join("\r\n", Enumerable.Repeat($"Message {name} says this again and again.", length / 50));
}
