using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Store.Search;
using UnifiedMsg.Store.Search.Postings;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Fuzz;

/// <summary>The search index from hostile rows.</summary>
public sealed class PostingsFuzz
{
    [Fact]
    public async Task MutatedRows()
    {
        using var targets = new PostingsTargets();
        byte[][] corpus = [[], await IndexAsync(1, 3), await IndexAsync(3, 4), await IndexAsync(2, 40), await LongAsync()];
        Mutations.Run(targets.Rows, corpus, 1_000);
    }

    // Segments that are not merged yet, with some contents gone.
    private static Task<byte[]> IndexAsync(int segments, int contents) => MakeAsync(async index =>
    {
        for (var i = 0; i < segments; i++)
            await index.AddAsync([.. Enumerable.Range(i * contents, contents).Select(id => Text(id + 1))], TestContext.Current.CancellationToken);
        await index.RemoveAsync([2], TestContext.Current.CancellationToken);
    });

    // A word of several blocks.
    private static Task<byte[]> LongAsync() => MakeAsync(index =>
    {
        var text = new SearchableText();
        text.Bodies.Add(string.Concat(Enumerable.Repeat("the day ", 30_000)));
        return index.AddAsync([.. Enumerable.Range(1, 2).Select(id => new IndexedText(new IndexMark(id, id), text))], TestContext.Current.CancellationToken);
    });

    private static async Task<byte[]> MakeAsync(Func<PostingsIndex, Task> fill)
    {
        var folder = System.IO.Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "search.db");
            await using (var index = PostingsIndex.Open(path)) await fill(index);
            await using var database = SideDatabase.Open(path, PostingsSchema.FileVersion(0), PostingsSchema.Sql);
            return await PostingsRows.ReadAsync(database);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IndexedText Text(int id)
    {
        var text = new SearchableText();
        text.Fields.Add(new FoldedField("subject", $"day {id}"));
        text.Fields.Add(new FoldedField("x-topic", "of number 7"));
        text.Bodies.Add($"the day, the day of number {id} and xab9{id}ab9x\r\nthe end");
        return new IndexedText(new IndexMark(id, id), text);
    }
}
