using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Maintenance;
using UnifiedMsg.Store.Search;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests;

/// <summary>A store on a real database in a fresh folder, with a clock that the test moves. Every test ends with a check of the whole.</summary>
public sealed class TestStore : IAsyncDisposable
{
    public const long MaxSize = 10 << 20;

    private readonly DatabaseHome _home;
    private readonly bool _ownsHome;

    private TestStore(DatabaseHome home, bool ownsHome, StoreOptions? options)
    {
        _home = home;
        _ownsHome = ownsHome;
        Options = (options ?? new StoreOptions { BlobFolder = "" }) with { BlobFolder = Path.Combine(home.Folder, "blobs") };
    }

    public string Folder => _home.Folder;

    public StoreOptions Options { get; private set; }

    /// <summary>For the next restart.</summary>
    public ILoggerFactory Loggers { get; set; } = NullLoggerFactory.Instance;

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    public IDatabase Database { get; private set; } = null!;

    public ItemStore Store { get; private set; } = null!;

    public static async Task<TestStore> OpenAsync(StoreOptions? options = null, string? folder = null, Engine engine = Engine.Sqlite) =>
        await OpenAsync(await DatabaseHome.CreateAsync(engine, folder), true, options);

    /// <summary>Another server on the same database and blobs; close it before this one.</summary>
    public Task<TestStore> OpenAnotherAsync() => OpenAsync(_home, false, Options);

    public static async Task<TestStore> OpenAsync(DatabaseHome home, bool ownsHome, StoreOptions? options = null)
    {
        var store = new TestStore(home, ownsHome, options);
        await store.StartAsync();
        return store;
    }

    /// <summary>A message of about so many octets that no other number gives.</summary>
    public static byte[] Message(int number, int size = 500)
    {
        string head = $"From: Alice <alice@example.test>\r\nTo: bob@example.test\r\nSubject: Message {number}\r\nMessage-ID: <{number}@example.test>\r\n\r\n";
        return Encoding.ASCII.GetBytes(head.PadRight(Math.Max(head.Length, size), (char)('a' + (number % 26))));
    }

    public async Task<Folder> InboxAsync(long account = 1)
    {
        await Store.ProvisionAsync(account);
        return (await Store.FindFolderAsync(account, "inbox"))!;
    }

    public async Task<Item> AppendAsync(Folder folder, byte[] content, NewItem? item = null)
    {
        await using StagedContent staged = await Store.StageAsync(new MemoryStream(content), MaxSize);
        return await Store.AppendAsync(folder.Id, staged, item ?? new NewItem());
    }

    public async Task<List<Item>> AppendManyAsync(Folder folder, int count, NewItem? item = null)
    {
        var items = new List<Item>();
        for (int i = 1; i <= count; i++)
            items.Add(await AppendAsync(folder, Message(i), item));
        return items;
    }

    public async Task<byte[]?> ReadAsync(long itemId)
    {
        await using Stream? stream = await Store.OpenContentAsync(itemId);
        if (stream is null)
            return null;
        var octets = new MemoryStream();
        await stream.CopyToAsync(octets);
        return octets.ToArray();
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>Opens the store anew, with other keys.</summary>
    public async Task RestartAsync(ContentKeys? keys)
    {
        await StopAsync();
        Options = Options with { Keys = keys };
        await StartAsync();
    }

    public string SearchFile => Path.Combine(Folder, "search.db");

    public void StartSearch() => Store.Search.Start(new SearchOptions { File = SearchFile, Pace = 100 });

    public string[] Blobs() => [.. System.IO.Directory.GetDirectories(Options.BlobFolder).SelectMany(System.IO.Directory.GetFiles)];

    public async ValueTask DisposeAsync()
    {
        StoreReport report = await Store.CheckAsync();
        await AbandonAsync();
        Assert.Empty(report.Problems);
    }

    /// <summary>Ends without the check, for tests that break something on purpose.</summary>
    public async Task AbandonAsync()
    {
        await StopAsync();
        if (_ownsHome)
            await _home.DisposeAsync();
    }

    private async Task StartAsync()
    {
        Database = await _home.OpenAsync([StoreSchema.Migrations], Time);
        Store = await ItemStore.OpenAsync(Database, Options, Loggers, Time);
    }

    private async Task StopAsync()
    {
        await Store.DisposeAsync();
        await Database.DisposeAsync();
    }
}
