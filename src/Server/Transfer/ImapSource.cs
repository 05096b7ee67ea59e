using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using MailKit;
using MailKit.Net.Imap;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Server.Transfer;

/// <summary>A mailbox on another IMAP server. What was imported is known by UIDVALIDITY and UID, so it is never fetched twice.</summary>
internal sealed class ImapSource : IImportSource
{
    /// <summary>Connections at a time: enough to hide the way there and back; most servers allow ten to a person.</summary>
    private const int MaxLinks = 4;

    /// <summary>Messages asked for ahead. Each is in memory until it is imported.</summary>
    private const int MaxAhead = 8;

    /// <summary>Messages whose flags are asked for at once.</summary>
    private const int Listed = 1000;

    private const MessageSummaryItems Wanted = MessageSummaryItems.UniqueId | MessageSummaryItems.Flags | MessageSummaryItems.InternalDate | MessageSummaryItems.Size;

    private static readonly (MessageFlags Theirs, ItemFlags Ours)[] Flags =
    [
        (MessageFlags.Seen, ItemFlags.Seen), (MessageFlags.Answered, ItemFlags.Answered), (MessageFlags.Flagged, ItemFlags.Flagged),
        (MessageFlags.Deleted, ItemFlags.Deleted), (MessageFlags.Draft, ItemFlags.Draft),
    ];

    private readonly ConcurrentBag<ImapLink> _free = [];
    private readonly SemaphoreSlim _places = new(MaxLinks);
    private readonly ImapAddress _address;
    private readonly long _maxSize;

    /// <summary>Names the server; it is reached later.</summary>
    /// <exception cref="TransferException">The request makes no sense.</exception>
    public ImapSource(ImportRequest request, long maxSize, TimeProvider time)
    {
        _address = ImapAddress.Parse(request.Source);
        _maxSize = maxSize;
        var trust = new ImapTrust(request.Certificates);
        for (var i = 0; i < MaxLinks; i++)
            _free.Add(new ImapLink(_address, request.Password ?? throw new TransferException("the password at the other server is missing"), trust, time));
    }

    /// <inheritdoc/>
    public string Identity => $"imap:{_address.User}@{_address.Host}:{_address.Port}";

    /// <inheritdoc/>
    public bool IsOneFolder => false;

    /// <inheritdoc/>
    public long TotalSize => 0;

    /// <inheritdoc/>
    public Task<IReadOnlyList<SourceFolder>> ListAsync(TransferLog log, CancellationToken cancellationToken) =>
        WithLinkAsync(link => link.RunAsync(client => ImapFolders.ListAsync(client, log, cancellationToken), cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<SourceMessage> ReadAsync(
        SourceFolder folder, Func<string, bool> isKnown, TransferLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ahead = new Queue<Task<SourceMessage?>>();
        try
        {
            await foreach (var (key, validity, summary) in ListAsync(folder, isKnown, log, stop.Token))
            {
                ahead.Enqueue(FetchAsync(folder, key, validity, summary, log, stop.Token));
                if (ahead.Count >= MaxAhead && await ahead.Dequeue() is { } message)
                    yield return message;
            }
            while (ahead.Count > 0)
            {
                if (await ahead.Dequeue() is { } message)
                    yield return message;
            }
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var task in ahead)
                await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        foreach (var link in _free)
            link.Dispose();
        _places.Dispose();
        return ValueTask.CompletedTask;
    }

    // What is not known yet, in the order of arrival.
    private async IAsyncEnumerable<(string Key, uint Validity, IMessageSummary Summary)> ListAsync(
        SourceFolder folder, Func<string, bool> isKnown, TransferLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        uint next = 1;
        while (true)
        {
            var from = new UniqueId(next);
            var (validity, uids) = await WithLinkAsync(
                link => link.RunAsync(
                    folder.Location,
                    async opened => (opened.UidValidity, (IReadOnlyList<UniqueId>)[.. (await opened.SearchAsync(
                        MailKit.Search.SearchQuery.Uids(new UniqueIdRange(from, UniqueId.MaxValue)), cancellationToken)).Where(uid => uid.Id >= from.Id).Order()]),
                    cancellationToken),
                cancellationToken);
            if (uids.Count == 0)
                yield break;
            foreach (var some in uids.Chunk(Listed))
            {
                var wanted = some.Where(uid => !isKnown(KeyOf(folder, validity, uid))).ToList();
                log.Known(some.Length - wanted.Count);
                var summaries = wanted.Count == 0 ? [] : await WithLinkAsync(
                    link => link.RunAsync(folder.Location, opened => opened.FetchAsync(wanted, Wanted, cancellationToken), cancellationToken), cancellationToken);
                foreach (var summary in summaries.OrderBy(each => each.UniqueId))
                    yield return (KeyOf(folder, validity, summary.UniqueId), validity, summary);
            }
            if (uids[^1].Id == uint.MaxValue)
                yield break;
            // What came while this was read comes too.
            next = uids[^1].Id + 1;
        }
    }

    private static string KeyOf(SourceFolder folder, uint validity, UniqueId uid) => $"{folder.Location}\n{validity}\n{uid.Id}";

    private async Task<SourceMessage?> FetchAsync(
        SourceFolder folder, string key, uint validity, IMessageSummary summary, TransferLog log, CancellationToken cancellationToken)
    {
        var place = $"{folder.Location}, UID {summary.UniqueId.Id}";
        var isTooLarge = summary.Size > _maxSize;
        Stream? content;
        try
        {
            content = isTooLarge ? Stream.Null : await WithLinkAsync(
                link => link.RunAsync(folder.Location, opened => ReadAsync(opened, validity, summary.UniqueId, cancellationToken), cancellationToken), cancellationToken);
        }
        catch (Exception refusal) when (refusal is ImapCommandException or MessageNotFoundException)
        {
            log.Refuse(place, $"the other server does not give the message: {refusal.Message}");
            return null;
        }
        var flags = Flags.Where(each => (summary.Flags & each.Theirs) != 0).Aggregate(ItemFlags.None, (all, each) => all | each.Ours);
        return new SourceMessage
        {
            Key = key,
            Place = place,
            Content = content,
            IsTooLarge = isTooLarge,
            State = new ItemState(flags, summary.Keywords is null ? [] : [.. summary.Keywords], summary.InternalDate),
        };
    }

    private static async Task<Stream> ReadAsync(IMailFolder folder, uint validity, UniqueId uid, CancellationToken cancellationToken)
    {
        // RFC 9051 §2.3.1.1: the numbers now mean other messages.
        if (folder.UidValidity != validity)
            throw new TransferException($"{folder.FullName} was made anew on the other server while it was read");
        return await folder.GetStreamAsync(uid, cancellationToken);
    }

    private async Task<T> WithLinkAsync<T>(Func<ImapLink, Task<T>> work, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        ImapLink? link = null;
        try
        {
            _free.TryTake(out link);
            return await work(link!);
        }
        finally
        {
            if (link is not null)
                _free.Add(link);
            _places.Release();
        }
    }
}
