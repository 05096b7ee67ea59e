using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Store.Tests.Transfer;

/// <summary>Sources and targets that want something else than mail.</summary>
public sealed class HostileTests
{
    [Theory, InlineData(TransferFormat.Mbox), InlineData(TransferFormat.Maildir), InlineData(TransferFormat.Eml)]
    public async Task No_folder_name_leads_out_of_the_export(TransferFormat format)
    {
        await using TestStore store = await TestStore.OpenAsync();
        using var run = new TransferRun(store);
        await store.InboxAsync();
        foreach (string path in (string[])["..", "../../up", "a/../../b", "~root", "\\..\\x", "."])
            await store.AppendAsync(await store.Store.FindFolderAsync(1, path) ?? await store.Store.CreateFolderAsync(1, path), TestStore.Message(1));
        await run.ExportAsync(1, run.PathOf("a/b/out"), format);
        Assert.Equal(["a"], System.IO.Directory.GetFileSystemEntries(run.Folder).Select(Path.GetFileName));
        Assert.Equal(["out"], System.IO.Directory.GetFileSystemEntries(run.PathOf("a/b")).Select(Path.GetFileName));
        Assert.DoesNotContain(System.IO.Directory.GetFileSystemEntries(run.PathOf("a/b/out"), "*", SearchOption.AllDirectories), each => Path.GetFileName(each) is "." or "..");
    }

    [Theory, InlineData(TransferFormat.Mbox), InlineData(TransferFormat.Maildir), InlineData(TransferFormat.Eml)]
    public async Task Links_and_devices_in_a_source_are_told_and_not_read(TransferFormat format)
    {
        await using TestStore store = await TestStore.OpenAsync();
        using var run = new TransferRun(store);
        await store.AppendManyAsync(await store.InboxAsync(), 1);
        string source = run.PathOf("source");
        await run.ExportAsync(1, source, format, folder: "INBOX");
        File.Delete(Path.Combine(source, "unifiedmsg-export.jsonl"));
        await File.WriteAllTextAsync(run.PathOf("secret"), "From a Fri Nov 27 16:05:09 2026\nSubject: secret\n\n");
        string place = format switch { TransferFormat.Maildir => "cur", TransferFormat.Eml => "INBOX", _ => "" };
        File.CreateSymbolicLink(Path.Combine(source, place, "link.eml"), run.PathOf("secret"));
        File.CreateSymbolicLink(Path.Combine(source, place, "zero.eml"), "/dev/zero");
        System.IO.Directory.CreateSymbolicLink(Path.Combine(source, "loop"), source);
        TransferReport report = await run.ImportAsync(2, source, format);
        Assert.Equal(1, report.Messages);
        Assert.Equal(3, report.Problems.Count(problem => problem.Contains("is a link", StringComparison.Ordinal)));
        Assert.Throws<TransferException>(() => FileFormats.OpenSource("/dev/zero", null, 1000, run.Folder));
    }

    [Fact]
    public async Task An_export_writes_over_nothing_that_is_not_its_own()
    {
        await using TestStore store = await TestStore.OpenAsync();
        using var run = new TransferRun(store);
        await store.AppendManyAsync(await store.InboxAsync(), 1);
        await File.WriteAllTextAsync(run.PathOf("mine"), "mine");
        await Assert.ThrowsAsync<TransferException>(() => run.ExportAsync(1, run.Folder, TransferFormat.Eml));
        await Assert.ThrowsAsync<TransferException>(() => run.ExportAsync(1, run.PathOf("mine"), TransferFormat.Eml));
        await run.ExportAsync(1, run.PathOf("out"), TransferFormat.Eml);
        await Assert.ThrowsAsync<TransferException>(() => run.ExportAsync(1, run.PathOf("out"), TransferFormat.Mbox));
        await Assert.ThrowsAsync<TransferException>(() => run.ExportAsync(2, run.PathOf("out"), TransferFormat.Eml));
        System.IO.Directory.Delete(run.PathOf("out/INBOX"), recursive: true);
        System.IO.Directory.CreateSymbolicLink(run.PathOf("out/INBOX"), run.Folder);
        await store.AppendManyAsync(await store.InboxAsync(), 1);
        await Assert.ThrowsAsync<TransferException>(() => run.ExportAsync(1, run.PathOf("out"), TransferFormat.Eml));
        Assert.Equal(["mine", "out"], System.IO.Directory.GetFileSystemEntries(run.Folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_manifest_that_leads_elsewhere_is_not_followed()
    {
        await using TestStore store = await TestStore.OpenAsync();
        using var run = new TransferRun(store);
        System.IO.Directory.CreateDirectory(run.PathOf("source"));
        await File.WriteAllTextAsync(run.PathOf("secret.mbox"), "From a Fri Nov 27 16:05:09 2026\nSubject: secret\n\n");
        string[] places = ["../secret.mbox", run.PathOf("secret.mbox"), "x/../../secret.mbox"];
        await File.WriteAllTextAsync(run.PathOf("source/unifiedmsg-export.jsonl"), "{\"format\":\"mbox\",\"account\":\"x\"}\n" + string.Concat(
            places.Select((place, i) => $"{{\"path\":\"f{i}\",\"place\":\"{place}\",\"specialUse\":\"none\",\"subscribed\":false,\"uidValidity\":1,\"modSeq\":1}}\n")));
        Assert.Equal(0, (await run.ImportAsync(1, run.PathOf("source"))).Messages);
    }

    [Fact]
    public async Task Mail_that_claims_to_be_voice_mail_stays_mail()
    {
        await using TestStore store = await TestStore.OpenAsync();
        using var run = new TransferRun(store);
        Folder inbox = await store.InboxAsync();
        await store.AppendAsync(inbox, TestStore.Message(1), new NewItem(ItemKind.VoiceMail));
        await run.ExportAsync(1, run.PathOf("out"), TransferFormat.Mbox);
        string file = run.PathOf("out/INBOX.mbox");
        string text = await File.ReadAllTextAsync(file);
        Assert.Contains("kind=1.", text);
        // The seal of one message on another one, and a seal that somebody made up.
        string other = text.Replace("Message 1", "Message 2", StringComparison.Ordinal);
        await File.WriteAllTextAsync(run.PathOf("other.mbox"), other + text.Replace("kind=1.", "kind=1.00", StringComparison.Ordinal) + text.Replace("kind=1.", "kind=2.", StringComparison.Ordinal));
        await run.ImportAsync(2, run.PathOf("other.mbox"), folder: "INBOX");
        Assert.Equal([ItemKind.Mail, ItemKind.Mail, ItemKind.Mail], (await run.ItemsAsync(2)).Select(item => item.Kind));
        await run.ImportAsync(3, run.PathOf("out"));
        Assert.Equal(ItemKind.VoiceMail, Assert.Single(await run.ItemsAsync(3)).Kind);
    }

    [Fact]
    public async Task Keywords_that_imap_can_not_say_are_mapped_and_told()
    {
        await using TestStore store = await TestStore.OpenAsync();
        using var run = new TransferRun(store);
        string many = string.Join(' ', Enumerable.Range(0, 100).Select(i => $"k{i}"));
        await File.WriteAllTextAsync(run.PathOf("x.mbox"), $"From a Fri Nov 27 16:05:09 2026\nX-Keywords: (a) \u00e9 *\n\nx\n\nFrom a Fri Nov 27 16:05:09 2026\nX-Keywords: {many}\n\ny\n");
        TransferReport report = await run.ImportAsync(1, run.PathOf("x.mbox"), folder: "INBOX");
        IReadOnlyList<Item> items = await run.ItemsAsync(1);
        Assert.Equal(["_", "_a_"], items[0].Keywords.Order(StringComparer.Ordinal));
        Assert.Equal(64, items[1].Keywords.Count);
        Assert.Contains("at most 64 keywords", Assert.Single(report.Problems));
    }
}
