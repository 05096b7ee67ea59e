using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Transfer;

/// <summary>What came from which source into which account. A row is written in the unit that appends the message, so that a message is
/// there exactly when its row is.</summary>
internal static class ImportRecord
{
    /// <summary>The number of an account's source, new or known.</summary>
    public static async ValueTask<long> OpenAsync(IWriteSession session, long accountId, string identity)
    {
        await session.ExecuteAsync(
            "INSERT INTO store_import_sources(account_id, identity) VALUES(@p0, @p1) ON CONFLICT(account_id, identity) DO NOTHING",
            accountId, identity);
        return (await session.QueryLongAsync(
            "SELECT id FROM store_import_sources WHERE account_id = @p0 AND identity = @p1", accountId, identity))!.Value;
    }

    /// <summary>What a source has given so far.</summary>
    public static async ValueTask<HashSet<UInt128>> ReadAsync(IReadSession session, long sourceId) =>
        [.. await session.QueryAsync(
            "SELECT item FROM store_imported WHERE source_id = @p0",
            row => BinaryPrimitives.ReadUInt128BigEndian(row.GetFieldValue<byte[]>(0)), sourceId)];

    /// <summary>Notes an item; false when it was noted before, by another import of the same source at the same time.</summary>
    public static async ValueTask<bool> AddAsync(IWriteSession session, long sourceId, UInt128 item)
    {
        var octets = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(octets, item);
        return await session.ExecuteAsync(
            "INSERT INTO store_imported(source_id, item) VALUES(@p0, @p1) ON CONFLICT(source_id, item) DO NOTHING", sourceId, octets) == 1;
    }

    /// <summary>Forgets what a source gave: it will be imported again.</summary>
    public static ValueTask<int> ForgetAsync(IWriteSession session, long accountId, string identity) => session.ExecuteAsync(
        "UPDATE store_import_sources SET account_id = -account_id, identity = 'removed/' || id WHERE account_id = @p0 AND identity = @p1",
        accountId, identity);

    /// <summary>Forgets all sources of an account.</summary>
    public static ValueTask<int> ForgetAccountAsync(IWriteSession session, long accountId) => session.ExecuteAsync(
        "UPDATE store_import_sources SET account_id = -account_id, identity = 'removed/' || id WHERE account_id = @p0", accountId);

    /// <summary>The item of a key.</summary>
    public static UInt128 ItemOf(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
