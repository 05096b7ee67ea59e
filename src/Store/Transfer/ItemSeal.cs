using System.Globalization;
using System.Security.Cryptography;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Transfer;

/// <summary>
/// Says of exported octets that this store knew them as a voice mail, or as the notice of a call, so that they are that again when they
/// come back: an HMAC over the kind and the SHA-256 of the octets, by a key that never leaves the database. Nobody else can make one,
/// and on other octets it is worth nothing.
/// </summary>
internal sealed class ItemSeal
{
    private const int KeyLength = 32;

    private readonly byte[] _key;

    private ItemSeal(byte[] key) => _key = key;

    /// <summary>Reads the key of the store; the first time, makes it.</summary>
    public static async Task<ItemSeal> OpenAsync(IDatabase database, CancellationToken cancellationToken)
    {
        byte[] fresh = RandomNumberGenerator.GetBytes(KeyLength);
        return new ItemSeal(await database.WriteAsync(
            async session =>
            {
                await session.ExecuteAsync("INSERT INTO store_seal_keys(id, octets) VALUES(1, @p0) ON CONFLICT(id) DO NOTHING", fresh);
                return (await session.QueryFirstAsync("SELECT octets FROM store_seal_keys WHERE id = 1", row => row.GetFieldValue<byte[]>(0)))!;
            },
            cancellationToken));
    }

    /// <summary>The seal, or null for mail, which needs none.</summary>
    public string? Make(ItemKind kind, ReadOnlySpan<byte> hash) =>
        kind == ItemKind.Mail ? null : string.Create(CultureInfo.InvariantCulture, $"{(int)kind}.{Convert.ToHexStringLower(Compute(kind, hash))}");

    /// <summary>The kind that a seal vouches for; mail when there is none, or when it is not ours, or of other octets.</summary>
    public ItemKind Read(string? seal, ReadOnlySpan<byte> hash)
    {
        int dot = seal?.IndexOf('.') ?? -1;
        if (dot < 1 || !int.TryParse(seal.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            return ItemKind.Mail;
        var kind = (ItemKind)number;
        var given = new byte[SHA256.HashSizeInBytes];
        bool whole = seal!.Length - dot - 1 == 2 * given.Length
            && Convert.FromHexString(seal.AsSpan(dot + 1), given, out _, out _) == System.Buffers.OperationStatus.Done;
        return whole && Enum.IsDefined(kind) && CryptographicOperations.FixedTimeEquals(given, Compute(kind, hash)) ? kind : ItemKind.Mail;
    }

    private byte[] Compute(ItemKind kind, ReadOnlySpan<byte> hash)
    {
        Span<byte> sealedOctets = stackalloc byte[1 + SHA256.HashSizeInBytes];
        sealedOctets[0] = (byte)kind;
        hash.CopyTo(sealedOctets[1..]);
        return HMACSHA256.HashData(_key, sealedOctets);
    }
}
