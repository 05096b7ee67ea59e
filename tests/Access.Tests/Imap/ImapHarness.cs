using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Access.Imap;
using UnifiedMsg.Accounts;
using UnifiedMsg.Accounts.Sasl;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Tests.Imap;

/// <summary>A real IMAP server over a real store in a fresh folder, with alice and bob.</summary>
internal sealed class ImapHarness : IAsyncDisposable
{
    public const string Password = "correct horse";
    private readonly SqliteDatabase _database;
    private readonly AccountDirectory _accounts;
    private readonly FaultLog _faults;

    private ImapHarness(string folder, SqliteDatabase database, AccountDirectory accounts, ItemStore store, ImapServer server, Account alice, FaultLog faults)
    {
        Folder = folder;
        _database = database;
        _accounts = accounts;
        Store = store;
        Server = server;
        Alice = alice;
        _faults = faults;
    }

    public string Folder { get; }

    public ItemStore Store { get; }

    public SqliteDatabase Database => _database;

    public IAccounts Accounts => _accounts;

    public ImapServer Server { get; }

    public Account Alice { get; }

    public IPEndPoint EndPoint => Server.EndPoints[0];

    public static async Task<ImapHarness> StartAsync(
        Func<ImapOptions, ImapOptions>? configure = null, Func<StoreOptions, StoreOptions>? configureStore = null, Interposer? interposer = null)
    {
        var folder = Directory.CreateTempSubdirectory("imap-test").FullName;
        var database = await SqliteDatabase.OpenAsync(
            new SqliteOptions { Path = Path.Combine(folder, "unifiedmsg.db") }, [AccountsSchema.Migrations, StoreSchema.Migrations],
            NullLoggerFactory.Instance, TimeProvider.System);
        var faults = new FaultLog();
        var storeOptions = new StoreOptions { BlobFolder = Path.Combine(folder, "blobs") };
        var store = await ItemStore.OpenAsync(
            database, configureStore?.Invoke(storeOptions) ?? storeOptions, new LoggerFactory([faults]), TimeProvider.System);
        var accounts = await AccountDirectory.OpenAsync(database, new AccountsOptions(), TimeProvider.System);
        var alice = await accounts.AddAsync(new NewAccount("alice@example.test", "Alice", Password: Password));
        await accounts.AddAsync(new NewAccount("bob@example.test", "Bob", Password: Password));
        await store.ProvisionAsync(alice.Id);
        var options = new ImapOptions { EndPoints = [new IPEndPoint(IPAddress.Loopback, 0)], FailedLoginDelay = TimeSpan.Zero };
        var server = new ImapServer(
            configure?.Invoke(options) ?? options, interposer?.Before<IStore>(store) ?? store, interposer?.Before<IAccounts>(accounts) ?? accounts,
            new SaslServer(accounts, new SaslOptions(), NullLoggerFactory.Instance, TimeProvider.System), new LoggerFactory([faults]));
        await server.StartAsync();
        return new ImapHarness(folder, database, accounts, store, server, alice, faults);
    }

    public Task<LineClient> ConnectAsync() => LineClient.ConnectAsync(EndPoint);

    /// <summary>A client that alice, or somebody else, has logged in with.</summary>
    public async Task<LineClient> LogInAsync(string name = "alice")
    {
        var client = await ConnectAsync();
        await client.OkAsync($"LOGIN {name}@example.test \"{Password}\"");
        return client;
    }

    /// <summary>A client with alice's INBOX selected.</summary>
    public async Task<LineClient> SelectAsync()
    {
        var client = await LogInAsync();
        await client.OkAsync("SELECT INBOX");
        return client;
    }

    /// <summary>Puts a message into alice's INBOX as a delivery does.</summary>
    public Task<Item> DeliverAsync(string message, ItemFlags flags = ItemFlags.None, string path = "INBOX", DateTimeOffset? date = null) =>
        DeliverAsync(Store, message, new NewItem(Flags: flags, InternalDate: date), path);

    /// <summary>Puts a message into alice's INBOX as another server on the same database does: nobody here is told of it.</summary>
    public async Task<Item> DeliverElsewhereAsync(string message)
    {
        await using var other = await OpenElsewhereAsync();
        return await DeliverAsync(other, message, new NewItem());
    }

    /// <summary>Flags a message of alice's INBOX as another server on the same database does.</summary>
    public async Task FlagElsewhereAsync(uint uid, ItemFlags flags)
    {
        await using var other = await OpenElsewhereAsync();
        var inbox = await other.FindFolderAsync(Alice.Id, "INBOX");
        await other.ChangeFlagsAsync(inbox!.Id, [uid], new FlagChange(FlagMode.Add, flags));
    }

    /// <summary>What the server has logged as its own faults; for tests that cause one on purpose, which then takes it.</summary>
    public bool TryTakeFault(out string? fault) => _faults.Faults.TryDequeue(out fault);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Store.DisposeAsync();
        _accounts.Dispose();
        await _database.DisposeAsync();
        Directory.Delete(Folder, true);
        Assert.True(_faults.Faults.IsEmpty, string.Join(Environment.NewLine, _faults.Faults));
    }

    private Task<ItemStore> OpenElsewhereAsync() => ItemStore.OpenAsync(
        _database, new StoreOptions { BlobFolder = Path.Combine(Folder, "blobs") }, NullLoggerFactory.Instance, TimeProvider.System);

    private async Task<Item> DeliverAsync(ItemStore store, string message, NewItem item, string path = "INBOX")
    {
        var inbox = await store.FindFolderAsync(Alice.Id, path);
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(message.ReplaceLineEndings("\r\n")));
        await using var staged = await store.StageAsync(content, 10_000_000);
        return await store.AppendAsync(inbox!.Id, staged, item);
    }
}
