using UnifiedMsg.Store.Transfer;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests.Transfer;

/// <summary>Imports that are interrupted, run again, or run twice at once.</summary>
public abstract class ResumeTests(Engine engine)
{
    private const int Count = 400;

    public static TheoryData<TransferFormat> Formats => RoundTripTests.Formats;

    [Theory, MemberData(nameof(Formats))]
    public async Task An_interrupted_import_goes_on_and_doubles_nothing(TransferFormat format)
    {
        await using TestStore store = await TestStore.OpenAsync(engine: engine);
        using var run = new TransferRun(store);
        string path = await ExportedAsync(store, run, format);
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.ImportAsync(
            2, path, onProgress: progress => { if (progress.Messages > 0) stop.Cancel(); }, stop: stop.Token));
        int before = (await run.ItemsAsync(2)).Count;
        Assert.InRange(before, 1, Count - 1);
        TransferReport rest = await run.ImportAsync(2, path);
        Assert.Equal((Count - before, (long)before), ((int)rest.Messages, rest.Known));
        TransferReport again = await run.ImportAsync(2, path);
        Assert.Equal((0L, (long)Count), (again.Messages, again.Known));
        Assert.Equal(await run.ContentsAsync(1), await run.ContentsAsync(2));
    }

    [Fact]
    public async Task Two_imports_of_one_source_at_once_double_nothing()
    {
        await using TestStore store = await TestStore.OpenAsync(engine: engine);
        using var run = new TransferRun(store);
        string path = await ExportedAsync(store, run, TransferFormat.Mbox);
        TransferReport[] both = await Task.WhenAll(run.ImportAsync(2, path), run.ImportAsync(2, path));
        Assert.Equal((Count, Count), ((int)both.Sum(each => each.Messages), (int)both.Sum(each => each.Known)));
        Assert.Equal(Count, (await run.ItemsAsync(2)).Count);
    }

    [Fact]
    public async Task An_interrupted_export_goes_on()
    {
        await using TestStore store = await TestStore.OpenAsync(engine: engine);
        using var run = new TransferRun(store);
        await store.AppendManyAsync(await store.InboxAsync(), 30);
        foreach (TransferFormat format in RoundTripTests.Formats.Select(row => row.Data))
        {
            using var stop = new CancellationTokenSource();
            string path = run.PathOf($"{format}");
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.ExportAsync(
                1, path, format, onProgress: progress => { if (progress.Messages == 7) stop.Cancel(); }, stop: stop.Token));
            TransferReport rest = await run.ExportAsync(1, path, format);
            Assert.Equal(30, rest.Messages + rest.Known);
            Assert.Equal(30, (await run.ImportAsync(2, path, folder: $"{format}")).Messages);
        }
    }

    [Fact]
    public async Task What_is_forgotten_or_another_accounts_is_imported_again()
    {
        await using TestStore store = await TestStore.OpenAsync(engine: engine);
        using var run = new TransferRun(store);
        string path = await ExportedAsync(store, run, TransferFormat.Mbox);
        await run.ImportAsync(2, path);
        Assert.Equal(Count, (await run.ImportAsync(3, path)).Messages);
        Assert.Equal(Count, (await run.ImportAsync(2, path, again: true)).Messages);
        await store.Store.RemoveAccountAsync(2);
        await store.Store.RemoveAccountAsync(3);
        await store.Store.MaintainAsync();
        Assert.Equal(0, await store.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM store_imported")));
        Assert.Equal(0, await store.Database.ReadAsync(session => session.QueryLongAsync("SELECT count(*) FROM store_import_sources")));
    }

    [Fact]
    public async Task The_same_octets_twice_in_a_file_are_two_messages()
    {
        await using TestStore store = await TestStore.OpenAsync(engine: engine);
        using var run = new TransferRun(store);
        Folder inbox = await store.InboxAsync();
        for (int i = 0; i < 3; i++)
            await store.AppendAsync(inbox, TestStore.Message(1));
        await run.ExportAsync(1, run.PathOf("out"), TransferFormat.Mbox);
        Assert.Equal(3, (await run.ImportAsync(2, run.PathOf("out"))).Messages);
        Assert.Equal(3, (await run.ImportAsync(2, run.PathOf("out"))).Known);
    }

    private static async Task<string> ExportedAsync(TestStore store, TransferRun run, TransferFormat format)
    {
        await store.AppendManyAsync(await store.InboxAsync(), Count);
        await run.ExportAsync(1, run.PathOf("out"), format);
        return run.PathOf("out");
    }
}

public sealed class SqliteResumeTests() : ResumeTests(Engine.Sqlite);

public sealed class PostgreSqlResumeTests() : ResumeTests(Engine.PostgreSql);
