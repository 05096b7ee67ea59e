using Microsoft.Extensions.Logging;
using UnifiedMsg.Accounts;
using UnifiedMsg.Store;

namespace UnifiedMsg.Voicemail.Calls;

/// <summary>The mailbox that a call is for.</summary>
/// <param name="Account">Whose.</param>
/// <param name="IsFull">Whether not even an empty item would be taken. What was said all the same is kept.</param>
internal sealed record CalledMailbox(Account Account, bool IsFull);

/// <summary>
/// Finds the mailbox of a call. While the database is away it is found among those that were there a while ago, so that callers can leave
/// their messages: these wait in the spool.
/// </summary>
internal sealed partial class CalledMailboxes(IAccounts accounts, IStore store, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    // The caller hears nothing meanwhile. A database that is there answers in far less.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    // Who came since is not found while the database is away. Ten thousand people are read in some 50 ms.
    private static readonly TimeSpan ReadEvery = TimeSpan.FromMinutes(5);

    private readonly CancellationTokenSource _stop = new();
    private ITimer? _timer;
    private Task _reading = Task.CompletedTask;
    private Known _known = new([]);

    /// <summary>Reads all mailboxes, and again from time to time.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _known = new Known(await accounts.ListAsync(cancellationToken));
        _timer = time.CreateTimer(_ => ReadAgain(), null, ReadEvery, ReadEvery);
    }

    /// <summary>The mailbox of an extension or an address, or null when there is none.</summary>
    /// <exception cref="MailboxesAwayException">The database is away, and the mailbox was not there before.</exception>
    public async Task<CalledMailbox?> FindAsync(string mailbox, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            return await AskAsync(mailbox, limit.Token).WaitAsync(LongestWait, time, cancellationToken);
        }
        catch (Exception fault) when (fault is TimeoutException || Outage.Is(fault))
        {
            if (_known.Find(mailbox) is not { } account) throw new MailboxesAwayException(mailbox, fault);
            Log.Remembered(logger, mailbox, fault.Message);
            return new CalledMailbox(account, IsFull: false);
        }
        finally
        {
            await limit.CancelAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_timer is not null) await _timer.DisposeAsync();
        await _reading;
        _stop.Dispose();
    }

    private async Task<CalledMailbox?> AskAsync(string mailbox, CancellationToken cancellationToken)
    {
        var account = mailbox.Contains('@')
            ? await accounts.FindByAddressAsync(mailbox, cancellationToken)
            : await accounts.FindByExtensionAsync(mailbox, cancellationToken);
        return account is null ? null : new CalledMailbox(account, (await store.ReadQuotaAsync(account.Id, cancellationToken)).IsFull);
    }

    private void ReadAgain()
    {
        if (_reading.IsCompleted) _reading = ReadAsync();
    }

    private async Task ReadAsync()
    {
        try
        {
            _known = new Known(await accounts.ListAsync(_stop.Token));
        }
        catch (Exception fault) when (fault is OperationCanceledException or ObjectDisposedException || Outage.Is(fault))
        {
            // The ones that are known stay so.
        }
    }

    private sealed class Known(IReadOnlyList<Account> all)
    {
        private readonly Dictionary<string, Account> _byName = new(
            all.Select(each => KeyValuePair.Create(each.Address, each))
                .Concat(all.Where(each => each.Extension is not null).Select(each => KeyValuePair.Create(each.Extension!, each))),
            StringComparer.OrdinalIgnoreCase);

        public Account? Find(string mailbox) => _byName.GetValueOrDefault(mailbox);
    }

    private static partial class Log
    {
        [LoggerMessage(9044, LogLevel.Warning, "The mailbox {Mailbox} was found from memory, since the database is away: {Reason}")]
        public static partial void Remembered(ILogger logger, string mailbox, string reason);
    }
}

/// <summary>It can't be said whether there is such a mailbox.</summary>
internal sealed class MailboxesAwayException(string mailbox, Exception inner) : Exception($"The mailbox {mailbox} can't be looked up: {inner.Message}", inner);
