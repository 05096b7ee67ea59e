using System.Security.Cryptography;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Maintenance;

namespace UnifiedMsg.Store.Contents;

/// <summary>Decrypts one content with its key, verifies it, and encrypts it with the current one. The file under the new key is in its place,
/// durably, before any row speaks of it; the old one goes after that.</summary>
internal sealed class ContentReencryptor(IDatabase database, BlobArea blobs, KeyRing keys, ContentCollector collector)
{
    private const int CopyBuffer = 128 << 10;

    /// <exception cref="MissingContentException">The content is lost.</exception>
    /// <exception cref="DamagedContentException">It is not what was written.</exception>
    public async Task<Reencrypted> ReencryptAsync(StoredContent content, CancellationToken cancellationToken)
    {
        byte[] summary = PackedSummary.Unpack(await ReadSummaryAsync(content, cancellationToken), content.Hash, keys.Of(content.KeyNumber));
        return content.Place == ContentPlace.Blob
            ? await ReencryptFileAsync(content, summary, cancellationToken)
            : ReencryptOctets(content, summary);
    }

    /// <summary>Removes the file of a content that has another name now, once its row says so.</summary>
    public async ValueTask RemoveOldFileAsync(Reencrypted change, CancellationToken cancellationToken)
    {
        if (change.Old.Place == ContentPlace.Blob && !change.Hash.AsSpan().SequenceEqual(change.Old.Hash))
            await collector.CollectFileAsync(change.Old.Hash, cancellationToken);
    }

    private async ValueTask<byte[]> ReadSummaryAsync(StoredContent content, CancellationToken cancellationToken) => await database.ReadAsync(
        session => session.QueryFirstAsync(
            "SELECT summary FROM store_contents WHERE id = @p0 AND hash = @p1", row => row.GetFieldValue<byte[]>(0), content.Id, content.Hash),
        cancellationToken) ?? throw new MissingContentException(Convert.ToHexStringLower(content.Hash));

    private Reencrypted ReencryptOctets(StoredContent content, byte[] summary)
    {
        byte[] stored = content.Octets ?? throw new MissingContentException(Convert.ToHexStringLower(content.Hash));
        byte[] octets = new PackedBody(stored, content.Form).Unpack(content.Hash, content.Size, keys.Of(content.KeyNumber));
        byte[] name = RequireName(content, SHA256.HashData(octets));
        PackedBody body = PackedBody.Pack(octets, name, keys.Current);
        return new Reencrypted(content, name, body.Form, body.Octets, PackedSummary.Pack(summary, name, keys.Current), static () => { });
    }

    private async Task<Reencrypted> ReencryptFileAsync(StoredContent content, byte[] summary, CancellationToken cancellationToken)
    {
        FileStream file = blobs.CreateTemporary();
        string temporary = file.Name;
        byte[] name;
        try
        {
            await using (file)
            {
                name = RequireName(content, await CopyAsync(content, file, cancellationToken));
                RandomAccess.FlushToDisk(file.SafeFileHandle);
            }
            await blobs.HoldAsync(name, cancellationToken);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        try
        {
            blobs.Publish(temporary, name);
            return new Reencrypted(
                content, name, ContentForm.Frames, null, PackedSummary.Pack(summary, name, keys.Current), () => blobs.Release(name));
        }
        catch
        {
            blobs.Release(name);
            File.Delete(temporary);
            throw;
        }
    }

    private async Task<byte[]> CopyAsync(StoredContent content, FileStream file, CancellationToken cancellationToken)
    {
        Stream source = blobs.OpenRead(content);
        await using (source)
        {
            using var writer = new BlobWriter(file, keys);
            byte[] buffer = new byte[CopyBuffer];
            while (await source.ReadAsync(buffer, cancellationToken) is int read and > 0)
                await writer.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            CryptographicOperations.ZeroMemory(buffer);
            return await writer.CompleteAsync(cancellationToken);
        }
    }

    // What is damaged must not get a good seal.
    private byte[] RequireName(StoredContent content, byte[] sha256) => keys.IsName(content.Hash, sha256)
        ? keys.Name(sha256)
        : throw new DamagedContentException(Convert.ToHexStringLower(content.Hash), "it has another hash");
}
