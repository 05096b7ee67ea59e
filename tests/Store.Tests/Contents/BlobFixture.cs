using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Database.Sqlite;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store.Tests.Contents;

/// <summary>Files of frames in a fresh folder.</summary>
internal sealed class BlobFixture : IAsyncDisposable
{
    private readonly string _folder;
    private readonly SqliteDatabase _database;

    private BlobFixture(string folder, SqliteDatabase database, KeyRing keys) => (_folder, _database, Keys) = (folder, database, keys);

    public KeyRing Keys { get; }

    public List<ContentException> Faults { get; } = [];

    public static async Task<BlobFixture> OpenAsync(bool isSealed)
    {
        string folder = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName;
        SqliteDatabase database = await SqliteDatabase.OpenAsync(
            new SqliteOptions { Path = Path.Combine(folder, "keys.db") }, [StoreSchema.Migrations], NullLoggerFactory.Instance, TimeProvider.System);
        return new BlobFixture(folder, database, await KeyRing.OpenAsync(database, isSealed ? TestKeys.Of("k1") : null, default));
    }

    /// <summary>Octets of which the first half compresses and the second does not.</summary>
    public static byte[] Content(int size, int seed = 1)
    {
        byte[] octets = new byte[size];
        new Random(seed).NextBytes(octets.AsSpan(size / 2));
        for (int i = 0; i < size / 2; i++)
            octets[i] = (byte)('a' + ((i + seed) % 17));
        return octets;
    }

    public byte[] NameOf(byte[] content) => Keys.Name(SHA256.HashData(content));

    /// <summary>The file of a content.</summary>
    public async Task<byte[]> WriteAsync(byte[] content, int piece = 100_000)
    {
        string path = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        await using (FileStream file = new(path, FileMode.CreateNew))
        {
            using var writer = new BlobWriter(file, Keys);
            for (int at = 0; at < content.Length; at += piece)
                await writer.WriteAsync(content.AsMemory(at, Math.Min(piece, content.Length - at)), default);
            Assert.Equal(SHA256.HashData(content), await writer.CompleteAsync(default));
        }
        return await File.ReadAllBytesAsync(path);
    }

    public BlobStream Open(byte[] file, byte[] name) => BlobStream.Open(new BlobMemory(file), name, Keys, Faults.Add);

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        System.IO.Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>A file in memory that gives less than it is asked for, as files may.</summary>
internal sealed class BlobMemory(byte[] octets) : IBlobFile
{
    public long Length => octets.Length;

    public long OctetsRead { get; private set; }

    public int Read(Span<byte> target, long offset)
    {
        int count = (int)Math.Min(Math.Min(target.Length, 30_000), Math.Max(0, octets.Length - offset));
        octets.AsSpan((int)Math.Min(offset, octets.Length), count).CopyTo(target);
        OctetsRead += count;
        return count;
    }

    public ValueTask<int> ReadAsync(Memory<byte> target, long offset, CancellationToken cancellationToken) => new(Read(target.Span, offset));

    public void Dispose()
    {
    }
}
