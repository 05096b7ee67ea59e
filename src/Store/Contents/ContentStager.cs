using System.Buffers;
using System.Security.Cryptography;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Contents;

/// <summary>Reads content once, off the writer: small content stays in memory, larger goes into the blob area.</summary>
internal sealed class ContentStager(BlobArea blobs)
{
    /// <summary>The largest content that lives in the database.</summary>
    public const int MaxInline = 64 << 10;

    private const int CopyBuffer = 128 << 10;

    public async Task<StagedContent> StageAsync(Stream content, long maxSize, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBuffer);
        try
        {
            // One octet more tells whether it is small.
            int read = await content.ReadAtLeastAsync(
                buffer.AsMemory(0, MaxInline + 1), MaxInline + 1, throwOnEndOfStream: false, cancellationToken);
            RequireSize(read, maxSize);
            return read <= MaxInline
                ? StageInline(buffer.AsSpan(0, read))
                : await StageBlobAsync(content, buffer, read, maxSize, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static StagedContent StageInline(ReadOnlySpan<byte> octets)
    {
        byte[] kept = octets.ToArray();
        return new StagedContent(SHA256.HashData(kept), kept.Length, kept, MessageSummarizer.Summarize(kept), release: null);
    }

    private async Task<StagedContent> StageBlobAsync(
        Stream content, byte[] buffer, int read, long maxSize, CancellationToken cancellationToken)
    {
        FileStream file = blobs.CreateTemporary();
        string temporary = file.Name;
        try
        {
            byte[] hash;
            long size;
            MessageSummary summary;
            await using (file)
            {
                hash = await CopyAsync(content, file, buffer, read, maxSize, cancellationToken);
                size = file.Length;
                // The disk syncs while the summary is computed from what the system still has in memory.
                Task synced = Task.Run(() => RandomAccess.FlushToDisk(file.SafeFileHandle), CancellationToken.None);
                try
                {
                    summary = MessageSummarizer.Summarize(file);
                }
                finally
                {
                    await synced;
                }
            }
            return await PublishAsync(temporary, hash, size, summary, cancellationToken);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private async Task<StagedContent> PublishAsync(
        string temporary, byte[] hash, long size, MessageSummary summary, CancellationToken cancellationToken)
    {
        await blobs.HoldAsync(hash, cancellationToken);
        try
        {
            blobs.Publish(temporary, hash);
            return new StagedContent(hash, size, null, summary, () => blobs.Release(hash), () => blobs.Contains(hash));
        }
        catch
        {
            blobs.Release(hash);
            throw;
        }
    }

    private static async Task<byte[]> CopyAsync(
        Stream content, FileStream file, byte[] buffer, int read, long maxSize, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long size = 0;
        while (read > 0)
        {
            size += read;
            RequireSize(size, maxSize);
            hash.AppendData(buffer, 0, read);
            await WriteAsync(file, buffer.AsMemory(0, read), cancellationToken);
            read = await content.ReadAsync(buffer, cancellationToken);
        }
        return hash.GetHashAndReset();
    }

    private static async ValueTask WriteAsync(FileStream file, ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        try
        {
            await file.WriteAsync(octets, cancellationToken);
        }
        catch (IOException fault)
        {
            throw new ContentException($"{file.Name} can't be written: {fault.Message}", fault);
        }
    }

    private static void RequireSize(long size, long maxSize)
    {
        if (size > maxSize)
            throw new StoreException(StoreError.TooLarge, $"The item is larger than {maxSize} octets.");
    }
}
