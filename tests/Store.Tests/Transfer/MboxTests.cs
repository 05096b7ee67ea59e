using System.Text;
using UnifiedMsg.Store.Transfer;

namespace UnifiedMsg.Store.Tests.Transfer;

/// <summary>mbox files as other programs write them, whole and damaged.</summary>
public sealed class MboxTests
{
    private const string From = "From alice@example.test Fri Nov 27 16:05:09 2026";

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task Flags_keywords_and_dates_are_read_from_the_mailers_own_fields(string lineEnd)
    {
        (TransferReport report, IReadOnlyList<Item> items, List<string> texts) = await ImportAsync(
            $"{From}\nSubject: one\nStatus: RO\nX-Status: AFDT\nX-Keywords: work, later\n\nfirst\n\n{From} +0100\nSubject: two\n\nsecond\n".Replace("\n", lineEnd));
        Assert.Empty(report.Problems);
        Assert.Equal(["Subject: one\r\n\r\nfirst\r\n", "Subject: two\r\n\r\nsecond\r\n"], texts);
        Assert.Equal(ItemFlags.Seen | ItemFlags.Answered | ItemFlags.Flagged | ItemFlags.Deleted | ItemFlags.Draft, items[0].Flags);
        Assert.Equal(["work", "later"], items[0].Keywords);
        Assert.Equal(new DateTimeOffset(2026, 11, 27, 16, 5, 9, TimeSpan.Zero), items[0].InternalDate);
        Assert.Equal((ItemFlags.None, 0), (items[1].Flags, items[1].Keywords.Count));
    }

    [Theory]
    [InlineData("From - Sat Jan 01 12:00:00 2022", "2022-01-01T12:00:00Z")]
    [InlineData("From a b c Fri Nov 27 16:05 CET 2026", "2026-11-27T16:05:00Z")]
    [InlineData("From a@b Fri Nov 27 16:05:09 +0100 2026", "2026-11-27T15:05:09Z")]
    [InlineData("From a@b Fri Nov 27 16:05:09 2026 -0830", "2026-11-28T00:35:09Z")]
    [InlineData("From a@b Fri, 27 Nov 2026 16:05:09", null)]
    [InlineData("From a@b Sat  Feb  31 00:00:00 2026", null)]
    public async Task The_date_is_that_of_the_from_line(string line, string? expected)
    {
        (_, IReadOnlyList<Item> items, _) = await ImportAsync($"{line}\nDate: Sun, 1 Feb 2026 10:00:00 +0200\n\nx\n");
        Assert.Equal(DateTimeOffset.Parse(expected ?? "2026-02-01T08:00:00Z"), Assert.Single(items).InternalDate);
    }

    [Fact]
    public async Task Quoted_lines_lose_one_mark_and_text_that_begins_with_from_is_text()
    {
        (_, _, List<string> texts) = await ImportAsync($"{From}\nSubject: x\n\n>From one\n>>From two\n\nFrom here on it is text\n");
        Assert.Equal("Subject: x\r\n\r\nFrom one\r\n>From two\r\n\r\nFrom here on it is text\r\n", Assert.Single(texts));
    }

    [Fact]
    public async Task A_content_length_that_is_right_keeps_what_is_not_quoted()
    {
        string body = $"text\n\n{From}\nnot a message\n>From as it is\n";
        (_, _, List<string> texts) = await ImportAsync($"{From}\nSubject: x\nContent-Length: {body.Length}\n\n{body}\n{From}\nSubject: y\n\n");
        Assert.Equal(["Subject: x\r\n\r\n" + body.Replace("\n", "\r\n"), "Subject: y\r\n\r\n"], texts);
    }

    [Fact]
    public async Task A_content_length_that_is_wrong_counts_for_nothing()
    {
        (_, _, List<string> texts) = await ImportAsync($"{From}\nSubject: x\nContent-Length: 2\n\ntext\n\n{From}\nSubject: y\n\nz\n");
        Assert.Equal(["Subject: x\r\n\r\ntext\r\n", "Subject: y\r\n\r\nz\r\n"], texts);
    }

    [Fact]
    public async Task Thunderbird_flags_are_read_and_expunged_messages_left_out()
    {
        (TransferReport report, IReadOnlyList<Item> items, List<string> texts) = await ImportAsync(
            $"{From}\nX-Mozilla-Status: 1007\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: $label1   \nSubject: x\n\nx\n\n{From}\nX-Mozilla-Status: 0009\nSubject: gone\n\n");
        Assert.Equal("Subject: x\r\n\r\nx\r\n", Assert.Single(texts));
        Assert.Equal(ItemFlags.Seen | ItemFlags.Answered | ItemFlags.Flagged, items[0].Flags);
        Assert.Equal(["$Forwarded", "$label1"], items[0].Keywords);
        Assert.Contains("not yet compacted", Assert.Single(report.Notes));
    }

    [Fact]
    public async Task The_folder_data_of_other_servers_is_no_message()
    {
        (TransferReport report, _, List<string> texts) = await ImportAsync($"{From}\nSubject: DON'T DELETE\nX-IMAP: 1 2\n\ndata\n\n{From}\nSubject: x\n\n");
        Assert.Equal(["Subject: x\r\n\r\n"], texts);
        Assert.Empty(report.Problems);
    }

    [Theory]
    [InlineData("From a Fri Nov 27 16:05:09 2026\nSubject: cut\nContent-Length: 500\n\nhalf of it", "the file ends before the message does", "Subject: cut\r\n\r\nhalf of it")]
    [InlineData("From a Fri Nov 27 16:05:09 2026\nX-UnifiedMsg-Item: date=2026-11-27T16:05:09.000000Z; size=500; lines=crlf\n\nhalf", "had 500 octets", "\r\nhalf")]
    [InlineData("rubbish\n\nFrom a Fri Nov 27 16:05:09 2026\nSubject: x\n\n", "octet 0: this is not the beginning", "Subject: x\r\n\r\n")]
    [InlineData("From a Fri Nov 27 16:05:09 2026\nSubject: cut\nFrom a Fri Nov 27 16:05:09 2026\nSubject: x\n\n", "begins in the header", "Subject: cut\r\n", "Subject: x\r\n\r\n")]
    [InlineData("From a Fri Nov 27 16:05:09 2026\nFrom a Fri Nov 27 16:05:09 2026\nSubject: x\n\n", "without a message", "Subject: x\r\n\r\n")]
    [InlineData("From the first line lost its date\nSubject: x\n\n", null, "Subject: x\r\n\r\n")]
    public async Task Of_damaged_files_what_can_be_read_is_read_and_the_place_is_told(string file, string? problem, params string[] expected)
    {
        (TransferReport report, _, List<string> texts) = await ImportAsync(file);
        Assert.Equal(expected, texts);
        Assert.Equal(problem is null, report.IsWhole);
        if (problem is not null)
            Assert.Contains(report.Problems, each => each.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_told_and_the_rest_goes_on()
    {
        await using TestStore store = await TestStore.OpenAsync();
        using var run = new TransferRun(store);
        string file = run.PathOf("x.mbox");
        await File.WriteAllTextAsync(file, $"{From}\nSubject: large\n\n{new string('x', 5000)}\n\n{From}\nSubject: small\n\n");
        TransferReport report = await run.ImportAsync(1, file, folder: "INBOX", maxSize: 4000);
        Assert.Equal((1L, 1L, false), (report.Messages, report.Refused, report.IsWhole));
        Assert.Contains("larger than 4000 octets", Assert.Single(report.Problems));
        Assert.Equal(["Subject: small\r\n\r\n"], await run.TextsAsync(1));
        // It was not noted as imported: with a larger limit it comes.
        TransferReport again = await run.ImportAsync(1, file, folder: "INBOX");
        Assert.Equal((1L, 1L), (again.Messages, again.Known));
    }

    [Fact]
    public async Task Folders_of_other_programs_become_folders()
    {
        await using TestStore store = await TestStore.OpenAsync();
        using var run = new TransferRun(store);
        foreach (string file in (string[])["Inbox", "Work", "Work.sbd/2024", "Sent.mbox/mbox", "Work.msf"])
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(run.PathOf("tb/" + file))!);
            await File.WriteAllTextAsync(run.PathOf("tb/" + file), file.EndsWith(".msf", StringComparison.Ordinal) ? "index" : $"{From}\nSubject: {file}\n\n");
        }
        TransferReport report = await run.ImportAsync(1, run.PathOf("tb"));
        Assert.True(report.IsWhole, string.Join('\n', report.Problems));
        foreach ((string path, string file) in new[] { ("INBOX", "Inbox"), ("Work", "Work"), ("Work/2024", "Work.sbd/2024"), ("Sent", "Sent.mbox/mbox") })
            Assert.Equal($"Subject: {file}\r\n\r\n", Assert.Single(await run.TextsAsync(1, path)));
    }

    private static async Task<(TransferReport Report, IReadOnlyList<Item> Items, List<string> Texts)> ImportAsync(string file)
    {
        await using TestStore store = await TestStore.OpenAsync();
        using var run = new TransferRun(store);
        await File.WriteAllBytesAsync(run.PathOf("x.mbox"), Encoding.Latin1.GetBytes(file));
        TransferReport report = await run.ImportAsync(1, run.PathOf("x.mbox"), TransferFormat.Mbox, folder: "INBOX");
        return (report, await run.ItemsAsync(1), await run.TextsAsync(1));
    }
}
