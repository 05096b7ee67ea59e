using System.Security.Cryptography;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Contents;
using UnifiedMsg.Store.Maintenance;

namespace UnifiedMsg.Store.Backup;

/// <summary>Gives a content of the running store its octets again, so that every item that has it is whole.</summary>
internal sealed class ContentReturn(
    IDatabase database, ContentReader contents, ContentStager stager, ContentVerifier verifier, KeyRing keys, ContentCollector collector)
{
    /// <summary>Whether the octets of a content are gone or are not what was written. All of them are read.</summary>
    public async Task<bool> IsLostAsync(long contentId, CancellationToken cancellationToken) =>
        // It may have got another key, and with it another name, since it was read the first time.
        await LooksLostAsync(contentId, cancellationToken) && await LooksLostAsync(contentId, cancellationToken);

    /// <summary>The content of this name when its octets are lost: an item that is added with it would be as lost.</summary>
    public async Task<long?> FindLostAsync(byte[] hash, CancellationToken cancellationToken)
    {
        long? id = await database.ReadAsync(
            session => session.QueryLongAsync("SELECT id FROM store_contents WHERE hash_key = @p0 AND hash = @p1", ContentRows.Key(hash), hash),
            cancellationToken);
        return id is not null && await IsLostAsync(id.Value, cancellationToken) ? id : null;
    }

    /// <summary>Puts octets in the place of the lost ones; false when they are those of another content.</summary>
    public async Task<bool> PutBackAsync(long contentId, Stream octets, CancellationToken cancellationToken)
    {
        byte[]? name = await database.ReadAsync(
            session => session.QueryFirstAsync<byte[]?>("SELECT hash FROM store_contents WHERE id = @p0", row => row.GetFieldValue<byte[]>(0), contentId),
            cancellationToken);
        byte[] sha256 = await SHA256.HashDataAsync(octets, cancellationToken);
        if (name is null || !keys.IsName(name, sha256))
            return false;
        octets.Position = 0;
        await using StagedContent staged = await stager.StageAsync(octets, long.MaxValue, cancellationToken);
        bool isPut = await database.WriteAsync(session => PutAsync(session, contentId, name, staged), cancellationToken);
        // A store that was encrypted since the content came knows it by another name now.
        if (isPut && !name.AsSpan().SequenceEqual(staged.Hash))
            await collector.CollectFileAsync(name, cancellationToken);
        return isPut;
    }

    private async Task<bool> LooksLostAsync(long contentId, CancellationToken cancellationToken)
    {
        if (!(await contents.FindAsync([contentId], cancellationToken)).TryGetValue(contentId, out FoundContent? found))
            return false;
        bool isWithout = found.Content.Place == ContentPlace.Database && found.Content.Octets is null;
        return isWithout || await verifier.VerifyAsync(found.Content, cancellationToken) is { IsLost: true };
    }

    private static async ValueTask<bool> PutAsync(IWriteSession session, long contentId, byte[] name, StagedContent staged)
    {
        // In their order, so that two units do not wait for each other.
        foreach (long key in new SortedSet<long> { ContentRows.Key(name), ContentRows.Key(staged.Hash) })
            await session.LockAsync(key);
        if (staged.IsGone)
            throw new MissingContentException(Convert.ToHexStringLower(staged.Hash), new IOException("It was staged too long ago."));
        int changed = await session.ExecuteAsync(
            "UPDATE store_contents SET hash_key = @p2, hash = @p3, size = @p4, place = @p5, form = @p6, key_number = @p7, summary = @p8 "
            + "WHERE id = @p0 AND hash = @p1",
            contentId, name, ContentRows.Key(staged.Hash), staged.Hash, staged.Size,
            (int)(staged.Inline is null ? ContentPlace.Blob : ContentPlace.Database), (int)(staged.Inline?.Form ?? ContentForm.Frames), staged.KeyNumber,
            staged.SummaryOctets);
        if (changed == 0)
            return false;
        await session.ExecuteAsync("DELETE FROM store_bodies WHERE content_id = @p0", contentId);
        if (staged.Inline is PackedBody body)
            await session.ExecuteAsync("INSERT INTO store_bodies(content_id, octets) VALUES(@p0, @p1)", contentId, body.Octets);
        return true;
    }
}
