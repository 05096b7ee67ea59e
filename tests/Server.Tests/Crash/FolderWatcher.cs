using System.Net;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;

namespace UnifiedMsg.Server.Tests.Crash;

/// <summary>A mail client that has a folder open and hears by IDLE what becomes of it.</summary>
internal sealed class FolderWatcher : IAsyncDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private readonly ImapClient _client = new() { ServerCertificateValidationCallback = (_, _, _, _) => true };
    private readonly CancellationTokenSource _done = new();
    private readonly Lock _lock = new();
    private readonly HashSet<UniqueId> _flagged = [];
    private TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IMailFolder _folder = null!;
    private Task _idling = Task.CompletedTask;
    private int _count;

    /// <summary>Opens a folder and begins to listen.</summary>
    public static async Task<FolderWatcher> OpenAsync(IPEndPoint imaps, string user, string password, string folder)
    {
        var watcher = new FolderWatcher();
        await watcher._client.ConnectAsync(imaps.Address.ToString(), imaps.Port, SecureSocketOptions.SslOnConnect);
        await watcher._client.AuthenticateAsync(user, password);
        watcher._folder = await watcher._client.GetFolderAsync(folder);
        await watcher._folder.OpenAsync(FolderAccess.ReadOnly);
        watcher._count = watcher._folder.Count;
        watcher._folder.CountChanged += (_, _) => watcher.Hear(() => watcher._count = watcher._folder.Count);
        watcher._folder.MessageExpunged += (_, _) => watcher.Hear(() => watcher._count = watcher._folder.Count);
        watcher._folder.MessageFlagsChanged += (_, change) => watcher.Hear(() =>
        {
            if (change.UniqueId is { } uid && change.Flags.HasFlag(MessageFlags.Flagged))
                watcher._flagged.Add(uid);
        });
        watcher._idling = watcher._client.IdleAsync(watcher._done.Token);
        return watcher;
    }

    /// <summary>Waits until it has heard of so many messages, no more and no less.</summary>
    public Task CountAsync(int count) => WaitAsync(() => _count == count, () => $"{_folder.FullName} has {count} messages, {_count} were heard of");

    /// <summary>Waits until it has heard that a message was flagged.</summary>
    public Task FlaggedAsync(UniqueId uid) => WaitAsync(() => _flagged.Contains(uid), () => $"of the flag of {uid} in {_folder.FullName} nothing was heard");

    public async ValueTask DisposeAsync()
    {
        await _done.CancelAsync();
        // The server at the other end may be dead.
        await _idling.ContinueWith(_ => { }, TaskScheduler.Default);
        _client.Dispose();
        _done.Dispose();
    }

    private void Hear(Action note)
    {
        lock (_lock)
        {
            note();
            _heard.SetResult();
            _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private async Task WaitAsync(Func<bool> isSo, Func<string> complaint)
    {
        using var guard = new CancellationTokenSource(Guard);
        while (true)
        {
            Task heard;
            lock (_lock)
            {
                if (isSo())
                    return;
                heard = _heard.Task;
            }
            try
            {
                await Task.WhenAny(heard, _idling).WaitAsync(guard.Token);
                Assert.False(_idling.IsCompleted, "the server ended the connection");
            }
            catch (OperationCanceledException) when (guard.IsCancellationRequested)
            {
                Assert.Fail(complaint());
            }
        }
    }
}
