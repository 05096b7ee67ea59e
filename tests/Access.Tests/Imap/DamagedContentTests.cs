using System.Text;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Tests.Imap;

/// <summary>Contents that are gone or damaged on the disk, and what is read of a large one: octets that were damaged were not.</summary>
public sealed class DamagedContentTests
{
    // Of the files of the store: a header, then frames with a check of four octets each. Random octets are not compressed.
    private const int FileHeader = 108;
    private const int Frame = 65_536;
    private const int StoredFrame = Frame + 4;

    [Fact]
    public async Task AMissingMessageIsNotSentAndTheOthersAre()
    {
        await using var server = await ImapHarness.StartAsync();
        var blobs = new List<string>();
        for (var i = 1; i <= 3; i++)
        {
            await AppendAsync(server, Encoding.ASCII.GetBytes($"Subject: {i}\r\n\r\n{new string((char)('a' + i), 100_000)}\r\n"));
            blobs.AddRange(Blobs(server).Except(blobs));
        }

        await using var client = await server.SelectAsync();
        File.Delete(blobs[1]);
        foreach (var command in (string[])["FETCH 1:3 (FLAGS BODY.PEEK[]<0.20>)", "UID FETCH 1:3 BODY.PEEK[]", "FETCH 1:3 BINARY.PEEK[1]"])
        {
            await client.SendRawAsync($"a {command}\r\n");
            var answer = await client.ReadToAsync("a");
            Assert.Equal("NO [CORRUPTION] Some messages can't be read", answer[^1]);
            Assert.Equal(["* 1 F", "* 3 F"], answer.SkipLast(1).Select(line => line[..5]));
        }

        await client.OkAsync("FETCH 1:3 (FLAGS ENVELOPE BODYSTRUCTURE)");
        await client.OkAsync("NOOP");
        TakeFaults(server);
    }

    [Fact]
    public async Task ADamagedSummaryIsComputedAndCostsOnlyAMessageThatIsLostToo()
    {
        await using var server = await ImapHarness.StartAsync();
        for (var i = 1; i <= 3; i++)
            await server.DeliverAsync($"Subject: Number {i}\r\n\r\n{i}\r\n");
        await server.Database.WriteAsync(session => session.ExecuteAsync("UPDATE store_contents SET summary = x'01FFFFFF' WHERE id = 2"));
        await using var client = await server.SelectAsync();
        var answer = await client.OkAsync("UID FETCH 1:3 (UID ENVELOPE BODYSTRUCTURE)");
        Assert.Equal(["Number 1", "Number 2", "Number 3"], answer.Select(line => line[line.IndexOf("Number", StringComparison.Ordinal)..][..8]));
        await server.Database.WriteAsync(session => session.ExecuteAsync("DELETE FROM store_bodies WHERE content_id = 2"));
        await client.SendRawAsync("a UID FETCH 1:3 (UID ENVELOPE)\r\n");
        answer = await client.ReadToAsync("a");
        Assert.Equal("NO [CORRUPTION] Some messages can't be read", answer[^1]);
        Assert.Equal(["* 1 F", "* 3 F"], answer.SkipLast(1).Select(line => line[..5]));
        TakeFaults(server);
    }

    [Fact]
    public async Task ASearchFindsTheOthers()
    {
        await using var server = await ImapHarness.StartAsync();
        var blobs = new List<string>();
        for (var i = 1; i <= 3; i++)
        {
            await AppendAsync(server, Encoding.ASCII.GetBytes($"Subject: {i}\r\n\r\nhay {new string((char)('a' + i), 100_000)}\r\n"));
            blobs.AddRange(Blobs(server).Except(blobs));
        }

        await using var client = await server.SelectAsync();
        File.Delete(blobs[1]);
        Assert.Equal(["* SEARCH 1 3"], await client.OkAsync("SEARCH TEXT hay"));
        Assert.Equal(["* SEARCH 1 3"], await client.OkAsync("SEARCH NOT TEXT needle"));
        Assert.Equal(["* SEARCH"], await client.OkAsync("SEARCH NOT TEXT hay"));
        Assert.Equal(["* SEARCH 1 2 3"], await client.OkAsync("SEARCH OR UNSEEN TEXT hay"));
        Assert.True(server.TryTakeFault(out var fault));
        Assert.Matches("content [0-9a-f]{64} is missing", fault);
        Assert.False(server.TryTakeFault(out _));
    }

    [Fact]
    public async Task APieceIsReadWithoutTheRest()
    {
        await using var server = await ImapHarness.StartAsync();
        var message = Message(out var part, out var partLength);
        await AppendAsync(server, message);
        await using var client = await server.SelectAsync();
        var first = part / Frame;
        DamageFrames(server, message, frame => frame != 0 && frame != first && frame != (part + partLength) / Frame);

        var text = Encoding.ASCII.GetString(message, part, partLength);
        Assert.EndsWith($"BODY[2] {{{partLength}}}\r\n{text})", (await client.OkAsync("FETCH 1 BODY.PEEK[2]"))[0]);
        Assert.EndsWith($"BODY[2]<5> {{10}}\r\n{text[5..15]})", (await client.OkAsync("FETCH 1 BODY.PEEK[2]<5.10>"))[0]);
        Assert.EndsWith($"BODY[]<{part}> {{7}}\r\n{text[..7]})", (await client.OkAsync($"FETCH 1 BODY.PEEK[]<{part}.7>"))[0]);
        Assert.EndsWith($"BINARY[2] ~{{{partLength}}}\r\n{text})", (await client.OkAsync("FETCH 1 BINARY.PEEK[2]"))[0]);
        Assert.Contains("Subject: large\r\n", (await client.OkAsync("FETCH 1 BODY.PEEK[HEADER.FIELDS (Subject)]"))[0]);
    }

    [Fact]
    public async Task DamageIsKnownBeforeAnythingIsAnnounced()
    {
        await using var server = await ImapHarness.StartAsync();
        var message = Message(out _, out _);
        await AppendAsync(server, message);
        await using var client = await server.SelectAsync();
        DamageFrames(server, message, frame => frame == (message.Length - 1) / Frame);
        foreach (var section in (string[])["BODY.PEEK[]", "BODY.PEEK[3]", "BODY.PEEK[TEXT]", "BINARY.PEEK[3]", $"BODY.PEEK[]<{message.Length - 10}.10>"])
        {
            await client.SendRawAsync($"a FETCH 1 (BODY.PEEK[2] {section})\r\n");
            Assert.Equal(["NO [CORRUPTION] Some messages can't be read"], await client.ReadToAsync("a"));
        }

        await client.OkAsync("FETCH 1 BODY.PEEK[2]");
        TakeFaults(server);
    }

    // Each is told to the administrator, with the name of the content.
    private static void TakeFaults(ImapHarness server)
    {
        Assert.True(server.TryTakeFault(out var fault));
        do Assert.Matches("content [0-9a-f]{64} is (missing|damaged)", fault);
        while (server.TryTakeFault(out fault));
    }

    private static byte[] Message(out int part, out int partLength)
    {
        byte[] first = new byte[400_000], last = new byte[300_000];
        var random = new Random(11);
        random.NextBytes(first);
        random.NextBytes(last);
        byte[] text = [.. Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(i => $"line {i}\r\n")))];
        byte[] before =
        [
            .. "Subject: large\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/octet-stream\r\n"u8,
            .. "Content-Transfer-Encoding: binary\r\n\r\n"u8, .. first, .. "\r\n--b\r\n\r\n"u8,
        ];
        (part, partLength) = (before.Length, text.Length);
        return
        [
            .. before, .. text, .. "\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"u8, .. last,
            .. "\r\n--b--\r\n"u8,
        ];
    }

    private static async Task AppendAsync(ImapHarness server, byte[] message)
    {
        var inbox = await server.Store.FindFolderAsync(server.Alice.Id, "INBOX");
        await using var staged = await server.Store.StageAsync(new MemoryStream(message), 10_000_000);
        await server.Store.AppendAsync(inbox!.Id, staged, new NewItem());
    }

    private static string[] Blobs(ImapHarness server) => [.. Directory.GetDirectories(Path.Combine(server.Folder, "blobs")).SelectMany(Directory.GetFiles)];

    private static void DamageFrames(ImapHarness server, byte[] message, Func<int, bool> damages)
    {
        var path = Assert.Single(Blobs(server));
        var file = File.ReadAllBytes(path);
        for (var frame = 0; frame * Frame < message.Length; frame++)
        {
            // Text is too small a part of any frame for compression to pay, so each lies where it would without.
            if (damages(frame)) file[FileHeader + (frame * StoredFrame) + 100] ^= 0x10;
        }

        File.WriteAllBytes(path, file);
    }
}
