using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Store.Tests.Search;

/// <summary>What is kept of a folder between searches follows it through every change.</summary>
public sealed class FolderMapTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Searches_follow_a_folder_through_its_changes(int seed)
    {
        await using TestStore test = await TestStore.OpenAsync();
        var random = new Random(seed);
        Folder inbox = await test.InboxAsync();
        Folder other = await test.Store.CreateFolderAsync(1, "Other");
        await test.AppendManyAsync(inbox, 20);
        for (int round = 0; round < 40; round++)
        {
            (Folder from, Folder to) = random.Next(2) == 0 ? (inbox, other) : (other, inbox);
            uint[] uids = [.. (await ReadUidsAsync(test, from)).Where(_ => random.Next(5) == 0)];
            switch (random.Next(5))
            {
                case 0:
                    await test.Store.MoveAsync(from.Id, uids, to.Id);
                    break;
                case 1:
                    await test.Store.CopyAsync(from.Id, uids, to.Id);
                    break;
                case 2:
                    await test.Store.ChangeFlagsAsync(from.Id, uids, new FlagChange(FlagMode.Add, ItemFlags.Flagged));
                    break;
                case 3:
                    await test.Store.ChangeFlagsAsync(from.Id, [.. uids.Take(3)], new FlagChange(FlagMode.Add, ItemFlags.Deleted));
                    await test.Store.ExpungeAsync(from.Id);
                    break;
                default:
                    await test.AppendAsync(from, TestStore.Message(100 + round));
                    break;
            }
            foreach (Folder folder in new[] { inbox, other })
                await CheckAsync(test, folder);
        }
    }

    private static async Task CheckAsync(TestStore test, Folder folder)
    {
        foreach (SearchQuery query in new SearchQuery[]
        {
            new TextQuery(SearchField.Subject, "essage 1"),
            new NotQuery(new TextQuery(SearchField.Subject, "1")),
            new AllOfQuery([new ItemQuery(item => (item.Flags & ItemFlags.Flagged) != 0), new TextQuery(SearchField.Subject, "1")]),
        })
        {
            // With the UIDs given, each item is found by its own.
            IReadOnlyList<uint> expected = await test.Store.SearchAsync(folder.Id, query, await ReadUidsAsync(test, folder));
            Assert.Equal(expected, await test.Store.SearchAsync(folder.Id, query));
        }
    }

    private static async Task<uint[]> ReadUidsAsync(TestStore test, Folder folder) =>
        [.. (await test.Store.ReadFolderAsync(folder.Id)).Items.Select(item => item.Uid)];
}
