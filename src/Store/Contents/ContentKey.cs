using System.Buffers.Text;
using System.Security.Cryptography;

namespace UnifiedMsg.Store.Contents;

/// <summary>A master key of the encryption at rest. Its octets never leave this object but for what is derived from them.</summary>
public sealed class ContentKey : IDisposable
{
    /// <summary>Octets of a key: AES-256.</summary>
    public const int Size = 32;

    /// <summary>Octets of an id: it stands in the header of each file.</summary>
    public const int MaxId = 31;

    // Pinned, so that the collector leaves no copies behind.
    private readonly byte[] _octets = GC.AllocateArray<byte>(Size, pinned: true);

    private readonly Lock _lock = new();
    private bool _isDisposed;

    private ContentKey(string id) => Id = id;

    /// <summary>By what contents name their key. Not secret.</summary>
    public string Id { get; }

    /// <summary>Whether an id is usable: letters, digits, dot, hyphen and underscore.</summary>
    public static bool IsId(ReadOnlySpan<byte> id)
    {
        if (id.IsEmpty || id.Length > MaxId)
            return false;
        foreach (byte octet in id)
        {
            if (!char.IsAsciiLetterOrDigit((char)octet) && octet is not ((byte)'.' or (byte)'-' or (byte)'_'))
                return false;
        }
        return true;
    }

    /// <summary>A key of its id and its octets in base64; false when either is malformed.</summary>
    public static bool TryParse(ReadOnlySpan<byte> id, ReadOnlySpan<byte> base64, out ContentKey? key)
    {
        key = null;
        if (!IsId(id))
            return false;
        Span<byte> octets = stackalloc byte[Size + 3];
        try
        {
            if (base64.Length > Base64.GetMaxEncodedToUtf8Length(Size)
                || Base64.DecodeFromUtf8(base64, octets, out int consumed, out int written) != System.Buffers.OperationStatus.Done
                || consumed != base64.Length || written != Size)
                return false;
            key = new ContentKey(System.Text.Encoding.ASCII.GetString(id));
            octets[..Size].CopyTo(key._octets);
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    /// <summary>Derives a key for one purpose (RFC 5869): nothing is encrypted with the master key itself.</summary>
    internal void Derive(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> purpose, Span<byte> derived)
    {
        // What is under way while the store is closed must fail, and never encrypt with a cleared key.
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            HKDF.DeriveKey(HashAlgorithmName.SHA256, _octets, derived, salt, purpose);
        }
    }

    /// <summary>Clears the key.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            CryptographicOperations.ZeroMemory(_octets);
        }
    }
}
