using System.Text;
using UnifiedMsg.Store.Transfer;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Store.Tests.Transfer;

/// <summary>What is exported and imported again is what it was: octets, flags, keywords, dates, kinds, folders, subscriptions.</summary>
public abstract class RoundTripTests(Engine engine)
{
    private const string CrLf = "\r\n";

    // What a format could stumble over: quoting, line ends, missing ends, fields that mailers use for themselves.
    private static readonly string[] Awkward =
    [
        "", "\r\n", "\n", "no header at all", "Subject: only a header\r\n", "Subject: no line end", "Subject: x\r\n\r\n", "Subject: x\r\n\r\n\r\n\r\n",
        "Subject: x\r\n\r\nFrom alice@example.test Fri Nov 27 16:05:09 2026\r\n>From here\r\n>>From there\r\nFrom\r\n From\r\n",
        "From alice@example.test Fri Nov 27 16:05:09 2026\r\nSubject: x\r\n\r\ntext\r\n", "Subject: x\n\nbare line feeds\nFrom alice Fri Nov 27 16:05:09 2026\n\n",
        "Subject: x\r\n\r\nmixed\nline\r\nends\r\r\n\r", "Subject: x\r\n\r\nends in\r\r\n", "Status: RO\r\nX-Status: AF\r\nX-Keywords: a b\r\nSubject: x\r\n\r\nold state\r\n",
        "X-Keywords: c\r\n folded\r\n\r\n", "X-Mozilla-Status: 0008\r\n\r\nexpunged elsewhere\r\n", "Content-Length: 3\r\n\r\nlonger than said\r\n",
        "X-IMAP: 1 2\r\n\r\nno folder data\r\n", " folded from the start\r\n\r\nx\r\n", "X-UnifiedMsg-Item: date=2001-01-01T00:00:00.000000Z; size=5; lines=raw\r\n\r\nforged\r\n",
        "Subject: \u00e4\r\n\r\n\0\u00ff binary\r\n", ">From in the header Fri Nov 27 16:05:09 2026\r\nSubject: x\r\n\r\n",
    ];

    public static TheoryData<TransferFormat> Formats => [TransferFormat.Mbox, TransferFormat.Maildir, TransferFormat.Eml];

    [Theory, MemberData(nameof(Formats))]
    public async Task Awkward_messages_come_back_as_they_were(TransferFormat format)
    {
        await using TestStore store = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await store.InboxAsync();
        foreach (string text in Awkward)
            await store.AppendAsync(inbox, Encoding.Latin1.GetBytes(text));
        await AssertSameAsync(store, format);
    }

    [Theory, MemberData(nameof(Formats))]
    public async Task Any_mailbox_comes_back_as_it_was(TransferFormat format)
    {
        await using TestStore store = await TestStore.OpenAsync(engine: engine);
        var random = new Random(20260101);
        await store.InboxAsync();
        foreach (string path in Paths(random))
        {
            Folder folder = await store.Store.FindFolderAsync(1, path) ?? await store.Store.CreateFolderAsync(1, path);
            // The folders that everybody has are subscribed to from the start, and an import takes no subscription away.
            if (folder.SpecialUse == SpecialUse.None)
                await store.Store.SubscribeAsync(1, path, random.Next(2) == 0);
            for (int i = random.Next(12); i > 0; i--)
                await store.AppendAsync(folder, Content(random), State(random));
        }
        await AssertSameAsync(store, format);
    }

    [Theory, MemberData(nameof(Formats))]
    public async Task More_keywords_than_a_format_has_letters_for_come_back(TransferFormat format)
    {
        await using TestStore store = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await store.InboxAsync();
        for (int i = 0; i < 40; i++)
            await store.AppendAsync(inbox, TestStore.Message(i), new NewItem(Keywords: [$"label-{i}", "$Forwarded", "common"]));
        await AssertSameAsync(store, format);
    }

    [Theory, MemberData(nameof(Formats))]
    public async Task A_large_message_comes_back(TransferFormat format)
    {
        await using TestStore store = await TestStore.OpenAsync(engine: engine);
        Folder inbox = await store.InboxAsync();
        // Beyond what is read in memory, with one line longer than any buffer.
        await store.AppendAsync(inbox, Encoding.ASCII.GetBytes($"Subject: large{CrLf}{CrLf}{new string('x', 3 << 20)}{CrLf}From here{CrLf}"));
        await AssertSameAsync(store, format);
    }

    [Theory, MemberData(nameof(Formats))]
    public async Task A_changed_mailbox_is_exported_over_the_earlier_export(TransferFormat format)
    {
        await using TestStore store = await TestStore.OpenAsync(engine: engine);
        using var run = new TransferRun(store);
        Folder inbox = await store.InboxAsync();
        List<Item> items = await store.AppendManyAsync(inbox, 5);
        Assert.Equal(5, (await run.ExportAsync(1, run.PathOf("out"), format)).Messages);
        Assert.Equal((0L, 5L), Counts(await run.ExportAsync(1, run.PathOf("out"), format)));
        await store.Store.ChangeFlagsAsync(inbox.Id, [items[1].Uid], new FlagChange(FlagMode.Add, ItemFlags.Flagged, ["later"]));
        await store.AppendAsync(inbox, TestStore.Message(6));
        await run.ExportAsync(1, run.PathOf("out"), format);
        await run.ImportAsync(2, run.PathOf("out"));
        Assert.Equal(await run.ContentsAsync(1), await run.ContentsAsync(2));
    }

    private static (long, long) Counts(TransferReport report) => (report.Messages, report.Known);

    private static async Task AssertSameAsync(TestStore store, TransferFormat format)
    {
        using var run = new TransferRun(store);
        TransferReport exported = await run.ExportAsync(1, run.PathOf("out"), format);
        Assert.Empty(exported.Problems);
        // The format is found out.
        TransferReport imported = await run.ImportAsync(2, run.PathOf("out"));
        Assert.Empty(imported.Problems);
        Assert.Equal(exported.Messages, imported.Messages);
        Assert.Equal(await run.ContentsAsync(1), await run.ContentsAsync(2));
    }

    private static IEnumerable<string> Paths(Random random)
    {
        string[] names = ["Sent", "Archive", "..", ".hidden", "a.b", "a_b", "50%", "tmp", "cur", "Entw\u00fcrfe", "\u65e5\u672c\u8a9e", "x.mbox", "y.eml", "con:*?\"<>|", new string('n', 250), "A&B", "trailing."];
        yield return "INBOX";
        foreach (string name in names)
            yield return random.Next(2) == 0 ? name : $"INBOX/{name}/{names[random.Next(names.Length)]}";
    }

    private static byte[] Content(Random random)
    {
        var text = new StringBuilder();
        string[] pieces = ["From ", ">", "From alice Fri Nov 27 16:05:09 2026", "\r\n", "\r\n", "\n", "\r", "Subject: x", "Status: R", "text", "\0", "\u00e9", " "];
        // Mostly as mail is, with every line in CRLF.
        bool isClean = random.Next(3) > 0;
        for (int i = random.Next(30); i > 0; i--)
        {
            string piece = pieces[random.Next(pieces.Length)];
            text.Append(isClean && piece is "\n" or "\r" ? "\r\n" : piece);
        }
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    private static NewItem State(Random random)
    {
        string[] keywords = ["$Forwarded", "$Junk", "Work", "a/b", "{odd}"];
        return new NewItem(
            (ItemKind)random.Next(3), (ItemFlags)random.Next(32), [.. keywords.Take(4).Where(_ => random.Next(2) == 0)],
            DateTimeOffset.UnixEpoch.AddTicks(random.NextInt64(TimeSpan.TicksPerDay * 365 * 60) / 10 * 10));
    }
}

public sealed class SqliteRoundTripTests() : RoundTripTests(Engine.Sqlite);

public sealed class PostgreSqlRoundTripTests() : RoundTripTests(Engine.PostgreSql);
