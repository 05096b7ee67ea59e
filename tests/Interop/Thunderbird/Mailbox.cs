using MailKit;
using MailKit.Net.Imap;

namespace UnifiedMsg.Interop.Thunderbird;

/// <summary>A mailbox as another mail client sees it at the same time.</summary>
internal sealed class Mailbox(ImapClient client) : IDisposable
{
    private static readonly MessageFlags[] Told = [MessageFlags.Seen, MessageFlags.Flagged, MessageFlags.Draft];

    /// <summary>Opens the mailbox of somebody.</summary>
    public static async Task<Mailbox> OpenAsync(Installation installation, string name = "alice") => new(await installation.LogInAsync(name));

    /// <summary>Waits until a folder has just these messages, in this order: subjects, with " Seen", " Flagged" and " Draft" after them.</summary>
    /// <returns>The folder, open.</returns>
    public async Task<IMailFolder> BecomesAsync(string name, params string[] messages)
    {
        var folder = await client.GetFolderAsync(name);
        await folder.OpenAsync(FolderAccess.ReadWrite);
        using var guard = new CancellationTokenSource(Installation.Guard);
        for (; ; )
        {
            using var changed = CancellationTokenSource.CreateLinkedTokenSource(guard.Token);
            void OnChange(object? sender, EventArgs change) => changed.Cancel();
            folder.CountChanged += OnChange;
            folder.MessageFlagsChanged += OnChange;
            folder.MessageExpunged += OnChange;
            try
            {
                var found = await DescribeAsync(folder);
                if (found.SequenceEqual(messages))
                    return folder;
                if (guard.IsCancellationRequested)
                    Assert.Equal(messages, found);
                // The server may have told the change with its answer to the look, which shows how things were before it.
                if (!changed.IsCancellationRequested)
                    await client.IdleAsync(changed.Token);
            }
            finally
            {
                folder.CountChanged -= OnChange;
                folder.MessageFlagsChanged -= OnChange;
                folder.MessageExpunged -= OnChange;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static async Task<string[]> DescribeAsync(IMailFolder folder) =>
        [.. (await folder.FetchAsync(0, -1, MessageSummaryItems.Envelope | MessageSummaryItems.Flags)).Select(Describe)];

    private static string Describe(IMessageSummary message) =>
        string.Join(' ', Told.Where(flag => message.Flags!.Value.HasFlag(flag)).Select(flag => flag.ToString()).Prepend(message.Envelope!.Subject));
}
