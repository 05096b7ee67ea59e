using System.Buffers;
using System.Security.Cryptography;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Contents;

/// <summary>Reads content once, off the writer: small content stays in memory, larger goes into the blob area.</summary>
internal sealed class ContentStager(BlobArea blobs, KeyRing keys)
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
                ? StageInline(buffer.AsMemory(0, read))
                : await StageBlobAsync(content, buffer, read, maxSize, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private StagedContent StageInline(ReadOnlyMemory<byte> octets)
    {
        byte[] name = keys.Name(SHA256.HashData(octets.Span));
        PackedBody body = PackedBody.Pack(octets.Span, name, keys.Current);
        return Make(name, octets.Length, body, MessageSummarizer.Summarize(octets), release: null);
    }

    private async Task<StagedContent> StageBlobAsync(
        Stream content, byte[] buffer, int read, long maxSize, CancellationToken cancellationToken)
    {
        FileStream file = blobs.CreateTemporary();
        string temporary = file.Name;
        try
        {
            byte[] name;
            long size;
            MessageSummary summary;
            await using (file)
            {
                (name, size) = await CopyAsync(content, file, buffer, read, maxSize, cancellationToken);
                // The disk syncs while the summary is computed from what the system still has in memory.
                Task synced = Task.Run(() => RandomAccess.FlushToDisk(file.SafeFileHandle), CancellationToken.None);
                try
                {
                    await using BlobStream written = blobs.OpenUnpublished(file, name);
                    summary = MessageSummarizer.Summarize(written);
                }
                finally
                {
                    await synced;
                }
            }
            return await PublishAsync(temporary, name, size, summary, cancellationToken);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private async Task<StagedContent> PublishAsync(
        string temporary, byte[] name, long size, MessageSummary summary, CancellationToken cancellationToken)
    {
        await blobs.HoldAsync(name, cancellationToken);
        try
        {
            blobs.Publish(temporary, name);
            return Make(name, size, null, summary, () => blobs.Release(name), () => blobs.Contains(name));
        }
        catch
        {
            blobs.Release(name);
            throw;
        }
    }

    private StagedContent Make(
        byte[] name, long size, PackedBody? body, MessageSummary summary, Action? release = null, Func<bool>? isThere = null) => new(
        name, size, body, keys.CurrentNumber, summary, PackedSummary.Pack(MessageSummaryCodec.Encode(summary), name, keys.Current), release, isThere);

    private async Task<(byte[] Name, long Size)> CopyAsync(
        Stream content, FileStream file, byte[] buffer, int read, long maxSize, CancellationToken cancellationToken)
    {
        using var writer = new BlobWriter(file, keys);
        long size = 0;
        while (read > 0)
        {
            size += read;
            RequireSize(size, maxSize);
            await writer.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            read = await content.ReadAsync(buffer, cancellationToken);
        }
        return (keys.Name(await writer.CompleteAsync(cancellationToken)), size);
    }

    private static void RequireSize(long size, long maxSize)
    {
        if (size > maxSize)
            throw new StoreException(StoreError.TooLarge, $"The item is larger than {maxSize} octets.");
    }
}
