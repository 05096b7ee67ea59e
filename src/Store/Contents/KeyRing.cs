using System.Security.Cryptography;
using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Contents;

/// <summary>
/// The keys of one store: those that the administrator gave, checked against what the store was written with. Contents are named here,
/// because with keys a name is an HMAC: a plain SHA-256 would tell whoever has the files which known messages are among them.
/// </summary>
internal sealed class KeyRing
{
    private const int NameKeySize = 32;

    private readonly ContentKeys? _keys;
    private readonly Dictionary<int, ContentKey> _byNumber = [];
    private readonly byte[]? _nameKey;

    private KeyRing(ContentKeys? keys, List<Row> rows, byte[]? nameKey)
    {
        (_keys, _nameKey) = (keys, nameKey);
        foreach (Row row in rows)
        {
            if (Find(row.Id) is ContentKey key)
                _byNumber[row.Number] = key;
            if (row.Id == keys?.Current.Id)
                CurrentNumber = row.Number;
        }
    }

    /// <summary>The key of new contents; null when they are not encrypted.</summary>
    public ContentKey? Current => _keys?.Current;

    /// <summary>The number of <see cref="Current"/> in rows; 0 when new contents are not encrypted.</summary>
    public int CurrentNumber { get; }

    /// <summary>Checks the keys and makes the current one known to the store. Nothing is written before every check has passed.</summary>
    /// <exception cref="ContentKeyException">A key that the store needs is missing, or another one has its id.</exception>
    public static async Task<KeyRing> OpenAsync(IDatabase database, ContentKeys? keys, CancellationToken cancellationToken)
    {
        List<Row> rows = await database.ReadAsync(ReadAsync, cancellationToken);
        List<string> missing = rows.ConvertAll(row => row.Id).FindAll(id => keys?.All.All(key => key.Id != id) ?? true);
        if (missing.Count > 0)
        {
            throw new ContentKeyException($"The store is encrypted, and of its keys these are not given: {string.Join(", ", missing)}. Nothing was "
                + "changed; add them to the keys of store.encryption. A key is needed until 'unifiedmsg store rekey' says that it is not.");
        }
        foreach (Row row in rows)
            RequireSame(row, keys!.All.First(key => key.Id == row.Id));
        if (keys is null)
            return new KeyRing(null, rows, null);
        byte[] nameKey = rows.Count == 0 ? RandomNumberGenerator.GetBytes(NameKeySize) : OpenNameKey(rows[0], keys);
        if (rows.TrueForAll(row => row.Id != keys.Current.Id))
        {
            Row added = MakeRow(rows.Count == 0 ? 1 : rows.Max(row => row.Number) + 1, keys.Current, nameKey);
            await database.WriteAsync(
                session => session.ExecuteAsync(
                    "INSERT INTO store_keys(number, id, verifier, name_key) VALUES(@p0, @p1, @p2, @p3)", added.Number, added.Id, added.Verifier, added.NameKey),
                cancellationToken);
            rows.Add(added);
        }
        return new KeyRing(keys, rows, nameKey);
    }

    /// <summary>A ring without keys.</summary>
    public static KeyRing Empty { get; } = new(null, [], null);

    /// <summary>The key with this id, or null.</summary>
    public ContentKey? Find(string id) => _keys?.All.FirstOrDefault(key => key.Id == id);

    /// <summary>The key of a row; null for 0, which is none.</summary>
    /// <exception cref="ContentKeyException">It is not among the keys.</exception>
    public ContentKey? Of(int number) => number == 0
        ? null
        : _byNumber.GetValueOrDefault(number) ?? throw new ContentKeyException($"A content is encrypted with key number {number}, which the store does not know.");

    /// <summary>The name that a new content with this SHA-256 gets.</summary>
    public byte[] Name(byte[] sha256) => _nameKey is null ? sha256 : HMACSHA256.HashData(_nameKey, sha256);

    /// <summary>Whether a name is that of the content with this SHA-256, given before or after the store was encrypted.</summary>
    public bool IsName(ReadOnlySpan<byte> name, byte[] sha256) =>
        CryptographicOperations.FixedTimeEquals(name, sha256)
        || (_nameKey is not null && CryptographicOperations.FixedTimeEquals(name, HMACSHA256.HashData(_nameKey, sha256)));

    /// <summary>The keys that the store knows and that are not the current one.</summary>
    public IEnumerable<(int Number, string Id)> Others =>
        _byNumber.Where(known => known.Key != CurrentNumber).OrderBy(known => known.Key).Select(known => (known.Key, known.Value.Id));

    private static ValueTask<List<Row>> ReadAsync(IReadSession session) => session.QueryAsync(
        "SELECT number, id, verifier, name_key FROM store_keys ORDER BY number",
        row => new Row(row.GetInt32(0), row.GetString(1), row.GetFieldValue<byte[]>(2), row.GetFieldValue<byte[]>(3)));

    private static Row MakeRow(int number, ContentKey key, byte[] nameKey) =>
        new(number, key.Id, Verifier(key), RowSeal.Seal(key, SealedPart.NameKey, "name"u8, nameKey));

    // Derived for this purpose alone: it tells nothing about what encrypts.
    private static byte[] Verifier(ContentKey key)
    {
        byte[] verifier = new byte[ContentKey.Size];
        key.Derive(System.Text.Encoding.ASCII.GetBytes(key.Id), "unifiedmsg key check"u8, verifier);
        return verifier;
    }

    private static void RequireSame(Row row, ContentKey key)
    {
        if (!CryptographicOperations.FixedTimeEquals(row.Verifier, Verifier(key)))
        {
            throw new ContentKeyException($"The key '{row.Id}' is not the one with which the store was encrypted under this id. Nothing was changed; "
                + "give the right octets, or a new key an id of its own.");
        }
    }

    private static byte[] OpenNameKey(Row row, ContentKeys keys) =>
        RowSeal.Open(keys.All.First(key => key.Id == row.Id), SealedPart.NameKey, "name"u8, row.NameKey)
        ?? throw new ContentKeyException($"The row of the key '{row.Id}' in the table store_keys is damaged. Nothing was changed; restore it from a backup.");

    private sealed record Row(int Number, string Id, byte[] Verifier, byte[] NameKey);
}
