using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Store.Tests.Transfer;

/// <summary>Maildirs and folders of .eml files as other programs write them.</summary>
public sealed class FolderFormatTests
{
    private static readonly DateTime Date = new(2024, 2, 29, 12, 30, 15, DateTimeKind.Utc);

    [Fact]
    public async Task A_maildir_with_folders_flags_keywords_and_subscriptions()
    {
        await using TestStore store = await TestStore.OpenAsync();
        using var run = new TransferRun(store);
        string root = run.PathOf("Maildir");
        Write($"{root}/new/1.new.host", "Subject: new\n\nx\n");
        Write($"{root}/cur/2.all.host,S=15,W=17:2,DFPRSTac", "Subject: all\n\nx\n");
        Write($"{root}/cur/3.other.host;2,S", "Subject: other\r\n\r\nx\r\n");
        Write($"{root}/tmp/4.unfinished.host", "Subject: unfinished\n\n");
        Write($"{root}/.Sent.2024/cur/5.host:2,S", "Subject: sent\n\n");
        Write($"{root}/.Sent.2024/new/.keep", "");
        Write($"{root}/.Entw&APw-rfe/cur/6.host:2,DS", "Subject: draft\n\n");
        Write($"{root}/Nested/Below/cur/7.host:2,", "Subject: nested\n\n");
        Write($"{root}/dovecot-keywords", "0 work\n2 later\n");
        Write($"{root}/subscriptions", "V\t2\n\nSent\t2024\n");
        TransferReport report = await run.ImportAsync(1, root);
        Assert.True(report.IsWhole, string.Join('\n', report.Problems));
        Assert.Equal(6, report.Messages);
        Dictionary<string, Item> items = [];
        foreach (string path in (string[])["INBOX", "Sent/2024", "Entw\u00fcrfe", "Nested/Below"])
        {
            foreach ((string text, Item item) in (await run.TextsAsync(1, path)).Zip(await run.ItemsAsync(1, path)))
                items[text[..text.IndexOf('\r', StringComparison.Ordinal)][9..]] = item;
        }
        Assert.Equal(["all", "draft", "nested", "new", "other", "sent"], items.Keys.Order());
        Assert.Equal((ItemFlags)31, items["all"].Flags);
        Assert.Equal(["$Forwarded", "later", "work"], items["all"].Keywords.Order(StringComparer.Ordinal));
        Assert.Equal((ItemFlags.None, ItemFlags.Seen), (items["new"].Flags, items["other"].Flags));
        Assert.All(items.Values, item => Assert.Equal(Date, item.InternalDate.UtcDateTime));
        Assert.True((await store.Store.FindFolderAsync(1, "Sent/2024"))!.Subscribed);
        Assert.False((await store.Store.FindFolderAsync(1, "Nested/Below"))!.Subscribed);
    }

    [Fact]
    public async Task A_message_that_was_read_meanwhile_is_the_same_message()
    {
        await using TestStore store = await TestStore.OpenAsync();
        using var run = new TransferRun(store);
        string root = run.PathOf("Maildir");
        Write($"{root}/new/1.host", "Subject: x\n\n");
        System.IO.Directory.CreateDirectory($"{root}/cur");
        Assert.Equal(1, (await run.ImportAsync(1, root)).Messages);
        File.Move($"{root}/new/1.host", $"{root}/cur/1.host:2,S");
        TransferReport again = await run.ImportAsync(1, root);
        Assert.Equal((0L, 1L), (again.Messages, again.Known));
    }

    [Fact]
    public async Task Folders_of_eml_files_become_folders_and_dates_come_from_the_messages()
    {
        await using TestStore store = await TestStore.OpenAsync();
        using var run = new TransferRun(store);
        string root = run.PathOf("mail");
        Write($"{root}/a.eml", "Received: by x; Sun, 1 Feb 2026 10:00:00 +0200\nDate: Sat, 31 Jan 2026 10:00:00 +0000\nSubject: a\n\n");
        Write($"{root}/Projects/One/b.EML", "Date: Sat, 31 Jan 2026 10:00:00 +0000\n\n");
        Write($"{root}/Projects/One/c.eml", "Subject: no date\r\n\r\n");
        Write($"{root}/Projects/note.txt", "no mail");
        TransferReport report = await run.ImportAsync(1, root, folder: "Old");
        Assert.True(report.IsWhole, string.Join('\n', report.Problems));
        Assert.Equal(new DateTime(2026, 2, 1, 8, 0, 0, DateTimeKind.Utc), Assert.Single(await run.ItemsAsync(1, "Old/INBOX")).InternalDate.UtcDateTime);
        Assert.Equal(
            [new DateTime(2026, 1, 31, 10, 0, 0, DateTimeKind.Utc), Date],
            (await run.ItemsAsync(1, "Old/Projects/One")).Select(item => item.InternalDate.UtcDateTime));
    }

    [Fact]
    public async Task Names_that_no_folder_can_have_are_mapped_and_told()
    {
        await using TestStore store = await TestStore.OpenAsync();
        using var run = new TransferRun(store);
        string root = run.PathOf("mail");
        Write($"{root}/ tab\there /x.eml", "Subject: x\n\n");
        TransferReport report = await run.ImportAsync(1, root, folder: "Old//");
        Assert.Equal("Subject: x\r\n\r\n", Assert.Single(await run.TextsAsync(1, "Old")));
        Assert.Contains("became", Assert.Single(report.Notes));
    }

    [Theory]
    [InlineData("Shared/News", null, "Shared_/News")]
    [InlineData("Other Users/bob@example.test/Work", null, "Other Users_/bob@example.test/Work")]
    [InlineData("Shared/News", "Old", "Old/Shared/News")]
    [InlineData("News", "Shared", "Shared_/News")]
    [InlineData("Sharedness", null, "Sharedness")]
    public async Task No_folder_hides_those_of_others(string path, string? under, string expected)
    {
        await using TestStore store = await TestStore.OpenAsync();
        using var run = new TransferRun(store);
        string root = run.PathOf("mail");
        Write($"{root}/{path}/x.eml", "Subject: x\n\n");
        Write($"{root}/Beside/x.eml", "Subject: x\n\n");
        TransferReport report = await run.ImportAsync(1, root, folder: under);
        Assert.Single(await run.TextsAsync(1, expected));
        bool isRenamed = expected.Contains('_', StringComparison.Ordinal);
        Assert.Equal(isRenamed, report.Notes.Any(note => note.EndsWith($"became \"{expected}\"", StringComparison.Ordinal)));
        Assert.DoesNotContain(await store.Store.ListFoldersAsync(1), folder => SharedTrees.Have(folder.Path));
    }

    private static void Write(string file, string text)
    {
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        File.SetLastWriteTimeUtc(file, Date);
    }
}
