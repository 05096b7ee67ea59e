using System.Buffers.Binary;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store.Tests.Contents;

public sealed class BlobFormatTests
{
    private const int Frame = BlobHeader.FrameSize;

    public static TheoryData<int, bool> Sizes()
    {
        var data = new TheoryData<int, bool>();
        foreach (int size in (int[])[0, 1, Frame - 1, Frame, Frame + 1, (3 * Frame) - 1, 3 * Frame, 300_000])
        {
            data.Add(size, false);
            data.Add(size, true);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task What_is_written_is_read(int size, bool isSealed)
    {
        await using BlobFixture test = await BlobFixture.OpenAsync(isSealed);
        byte[] content = BlobFixture.Content(size);
        foreach (int piece in (int[])[7_001, 1 << 20])
        {
            byte[] file = await test.WriteAsync(content, piece);
            await using BlobStream stream = test.Open(file, test.NameOf(content));
            var read = new MemoryStream();
            await stream.CopyToAsync(read);
            Assert.Equal(content, read.ToArray());
            Assert.Equal(size, stream.Length);
            stream.Position = 0;
            var again = new MemoryStream();
            stream.CopyTo(again);
            Assert.Equal(content, again.ToArray());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Any_range_is_read_and_no_frame_beside_it(bool isSealed)
    {
        await using BlobFixture test = await BlobFixture.OpenAsync(isSealed);
        byte[] content = BlobFixture.Content(20 * Frame);
        byte[] octets = await test.WriteAsync(content);
        var random = new Random(7);
        for (int i = 0; i < 200; i++)
        {
            int offset = random.Next(content.Length), count = Math.Min(random.Next(1, 2 * Frame), content.Length - offset);
            using var file = new BlobMemory(octets);
            await using BlobStream stream = BlobStream.Open(file, test.NameOf(content), test.Keys, test.Faults.Add);
            long opened = file.OctetsRead;
            stream.Position = offset;
            byte[] read = new byte[count];
            await stream.ReadExactlyAsync(read);
            Assert.True(content.AsSpan(offset, count).SequenceEqual(read));
            int frames = ((offset + count - 1) / Frame) - (offset / Frame) + 1;
            Assert.InRange(file.OctetsRead - opened, 1, frames * (Frame + FrameCipher.TagSize));
            Assert.InRange(opened, 1, 8192);
        }
    }

    [Fact]
    public async Task What_does_not_compress_is_left_as_it_is()
    {
        await using BlobFixture test = await BlobFixture.OpenAsync(isSealed: false);
        byte[] random = new byte[10 * Frame];
        new Random(3).NextBytes(random);
        Assert.Equal(BlobHeader.Size + random.Length + (10 * (BlobIndex.CheckSize + BlobIndex.EntrySize)) + BlobIndex.TailSize, (await test.WriteAsync(random)).Length);
        Assert.InRange((await test.WriteAsync(BlobFixture.Content(10 * Frame))).Length, 5 * Frame, 6 * Frame);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_changed_octet_goes_unnoticed(bool isSealed)
    {
        await using BlobFixture test = await BlobFixture.OpenAsync(isSealed);
        byte[] content = BlobFixture.Content(Frame + 3_000);
        byte[] file = await test.WriteAsync(content);
        for (int at = 0; at < file.Length; at += at < 200 || at > file.Length - 200 ? 1 : 97)
        {
            byte[] changed = [.. file];
            changed[at] ^= 0x20;
            Assert.ThrowsAny<ContentException>(() => ReadAll(test, changed, content));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_was_cut_off_or_grew_is_not_opened(bool isSealed)
    {
        await using BlobFixture test = await BlobFixture.OpenAsync(isSealed);
        byte[] content = BlobFixture.Content(2 * Frame);
        byte[] file = await test.WriteAsync(content);
        for (int length = 0; length < file.Length; length += length < 300 || length > file.Length - 300 ? 1 : 501)
            Assert.Throws<DamagedContentException>(() => test.Open(file[..length], test.NameOf(content)));
        Assert.Throws<DamagedContentException>(() => test.Open([.. file, 0], test.NameOf(content)));
    }

    [Fact]
    public async Task Sealed_frames_are_good_at_their_own_place_only()
    {
        await using BlobFixture test = await BlobFixture.OpenAsync(isSealed: true);
        byte[] content = new byte[3 * Frame];
        new Random(5).NextBytes(content);
        byte[] file = await test.WriteAsync(content);
        const int Stored = Frame + FrameCipher.TagSize;
        byte[] swapped = [.. file];
        file.AsSpan(BlobHeader.Size, Stored).CopyTo(swapped.AsSpan(BlobHeader.Size + Stored));
        file.AsSpan(BlobHeader.Size + Stored, Stored).CopyTo(swapped.AsSpan(BlobHeader.Size));
        Assert.Throws<DamagedContentException>(() => ReadAll(test, swapped, content));
        // The same frame out of another file of the same content and key.
        byte[] other = await test.WriteAsync(content);
        other.AsSpan(BlobHeader.Size, Stored).CopyTo(file.AsSpan(BlobHeader.Size));
        Assert.Throws<DamagedContentException>(() => ReadAll(test, file, content));
        Assert.Equal(2, test.Faults.Count);
    }

    [Fact]
    public async Task Nothing_of_a_sealed_content_is_in_its_file_and_no_two_files_are_alike()
    {
        await using BlobFixture test = await BlobFixture.OpenAsync(isSealed: true);
        byte[] content = [.. Enumerable.Repeat("the secret of alice@example.test "u8.ToArray(), 4_000).SelectMany(octets => octets)];
        byte[] first = await test.WriteAsync(content), second = await test.WriteAsync(content);
        Assert.Equal(-1, first.AsSpan().IndexOf("secret"u8));
        Assert.NotEqual(first, second);
        Assert.NotEqual(System.Security.Cryptography.SHA256.HashData(content), test.NameOf(content));
        Assert.Equal(first[8..40], test.NameOf(content));
    }

    // Changing any of this makes everybody's files unreadable.
    [Fact]
    public async Task The_form_on_disk_stays()
    {
        await using BlobFixture test = await BlobFixture.OpenAsync(isSealed: false);
        byte[] file = await test.WriteAsync("hello"u8.ToArray());
        Assert.Equal(
            "554D626C6F620001" + "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824" + "00100000" + new string('0', 128)
                + "68656C6C6F" + "9A71BB4C" + "00000005" + "0000000000000005" + "00000001",
            Convert.ToHexString(file[..^16]));
        Assert.Equal(
            "554D626C6F620001" + new string('1', 64) + "01100000" + "026B31" + new string('0', 58) + new string('2', 64),
            Convert.ToHexString(Header(new BlobHeader([.. Enumerable.Repeat((byte)0x11, 32)], "k1", [.. Enumerable.Repeat((byte)0x22, 32)]))));
    }

    [Fact]
    public void An_index_that_tells_of_more_than_there_is_room_for_is_refused()
    {
        byte[] tail = new byte[BlobIndex.TailSize];
        BinaryPrimitives.WriteInt64BigEndian(tail, (long)int.MaxValue * Frame);
        BinaryPrimitives.WriteInt32BigEndian(tail.AsSpan(8), int.MaxValue);
        Assert.False(BlobIndex.TryReadCount(tail, 100_000, out _));
        Assert.False(BlobIndex.TryParse(tail, 100_000, false, out _));
    }

    // RFC 9260 appendix A names the algorithm; the value is its usual check.
    [Fact]
    public void The_check_is_crc_32c() => Assert.Equal(0xE3069283, BlobIndex.Check("123456789"u8));

    private static byte[] Header(BlobHeader header)
    {
        byte[] octets = new byte[BlobHeader.Size];
        header.Write(octets);
        return octets;
    }

    private static void ReadAll(BlobFixture test, byte[] file, byte[] content)
    {
        using BlobStream stream = test.Open(file, test.NameOf(content));
        stream.CopyTo(Stream.Null);
    }
}
