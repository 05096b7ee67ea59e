using System.Text;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Fuzz;

/// <summary>What the store reads from its disk, from hostile octets.</summary>
public sealed class StoreFuzz
{
    [Fact]
    public async Task MutatedBlobs()
    {
        var noise = new byte[300];
        new Random(1).NextBytes(noise);
        byte[][] corpus =
        [
            await FileAsync([]), await FileAsync("hello"u8.ToArray()), await FileAsync(noise),
            await FileAsync([.. Enumerable.Range(0, 200_000).Select(i => (byte)('a' + (i % 7)))]), Sealed(),
        ];
        Mutations.Run(StoreTargets.Blob, corpus, 20_000);
    }

    [Fact]
    public void MutatedCompression()
    {
        var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 300).Select(i => $"line {i * 7919 % 1000}\r\n")));
        Mutations.Run(StoreTargets.Compressed, [Compress(text), Compress(new byte[5_000]), Compress(text[..1500])], 20_000);
    }

    [Fact]
    public void MutatedKeys() => Mutations.Run(
        StoreTargets.Keys,
        [
            "# keys\nold AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n* 2026-01 AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"u8.ToArray(),
            "*a\tAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="u8.ToArray(),
        ],
        20_000);

    private static async Task<byte[]> FileAsync(byte[] content)
    {
        var path = Path.GetTempFileName();
        try
        {
            await using (var file = new FileStream(path, FileMode.Create))
            {
                using var writer = new BlobWriter(file, KeyRing.Empty);
                await writer.WriteAsync(content, TestContext.Current.CancellationToken);
                await writer.CompleteAsync(TestContext.Current.CancellationToken);
            }

            return await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static byte[] Sealed()
    {
        var file = new byte[BlobHeader.Size + BlobIndex.TailSize];
        new BlobHeader([.. Enumerable.Repeat((byte)1, 32)], "k1", [.. Enumerable.Repeat((byte)2, 32)]).Write(file);
        return file;
    }

    private static byte[] Compress(byte[] octets)
    {
        var target = new byte[octets.Length];
        Assert.True(Compression.TryCompress(octets, target, out var length));
        return target[..length];
    }
}
