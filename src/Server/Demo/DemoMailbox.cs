using System.Diagnostics;
using System.Net;
using System.Threading.Channels;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;
using MimeKit;

namespace UnifiedMsg.Server.Demo;

/// <summary>Alice's mail client: one connection that idles and tells when something comes, one that reads.</summary>
internal sealed class DemoMailbox : IAsyncDisposable
{
    private readonly ImapClient _idling = NewClient();
    private readonly ImapClient _reading = NewClient();
    private readonly CancellationTokenSource _done = new();
    private readonly Channel<(int Count, long At)> _arrivals = Channel.CreateUnbounded<(int, long)>();
    private Task _idle = Task.CompletedTask;

    /// <summary>Logs in on both connections and begins to idle.</summary>
    public async Task OpenAsync(IPEndPoint server, string user, string password, CancellationToken cancellationToken)
    {
        foreach (var client in (ImapClient[])[_idling, _reading])
        {
            await client.ConnectAsync(server.Address.ToString(), server.Port, SecureSocketOptions.StartTls, cancellationToken);
            await client.AuthenticateAsync(new SaslMechanismScramSha256(user, password), cancellationToken);
            await client.Inbox.OpenAsync(client == _idling ? FolderAccess.ReadOnly : FolderAccess.ReadWrite, cancellationToken);
        }

        _idling.Inbox.CountChanged += (_, _) => _arrivals.Writer.TryWrite((_idling.Inbox.Count, Stopwatch.GetTimestamp()));
        _idle = _idling.IdleAsync(_done.Token, CancellationToken.None);
    }

    /// <summary>Waits until the idling client sees so many messages; returns when it saw them, as a time stamp.</summary>
    public async Task<long> WaitForAsync(int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (seen, at) = await _arrivals.Reader.ReadAsync(cancellationToken);
            if (seen >= count) return at;
        }
    }

    /// <summary>Fetches the newest message.</summary>
    public async Task<(UniqueId Id, MimeMessage Message)> FetchNewestAsync(CancellationToken cancellationToken)
    {
        await _reading.NoOpAsync(cancellationToken);
        var inbox = _reading.Inbox;
        var summaries = await inbox.FetchAsync(inbox.Count - 1, -1, MessageSummaryItems.UniqueId, cancellationToken);
        var id = summaries[^1].UniqueId;
        return (id, await inbox.GetMessageAsync(id, cancellationToken));
    }

    /// <summary>Marks a message as read.</summary>
    public Task MarkReadAsync(UniqueId id, CancellationToken cancellationToken) =>
        _reading.Inbox.AddFlagsAsync(id, MessageFlags.Seen, silent: true, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _done.CancelAsync();
        await _idle;
        foreach (var client in (ImapClient[])[_idling, _reading])
        {
            if (client.IsConnected) await client.DisconnectAsync(true);
            client.Dispose();
        }

        _done.Dispose();
    }

    // The demo's certificate was made a moment ago by the demo itself; nobody else could vouch for it.
    private static ImapClient NewClient() => new() { ServerCertificateValidationCallback = static (_, _, _, _) => true, CheckCertificateRevocation = false };
}
