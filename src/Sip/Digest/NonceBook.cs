using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;

namespace UnifiedMsg.Sip.Digest;

/// <summary>
/// Nonces that tell by themselves when and for which address they were made, and that only we can make (RFC 7616 §3.3), and the book of
/// those that were used. To hand one out costs no memory, so nobody can fill the book by asking. A client whose address has changed is
/// given another one.
/// </summary>
internal sealed class NonceBook(TimeSpan lifetime, int maxUsed, TimeProvider time)
{
    /// <summary>A client has one client nonce, or a few when it sends in parallel. More are refused as stale.</summary>
    private const int MaxClientNonces = 16;

    // Time, a random number, and the proof that both are ours.
    private const int TimeOctets = 8;
    private const int StampedOctets = TimeOctets + 8;
    private const int Octets = StampedOctets + 16;
    private const int MaxAddressOctets = 16;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly Lock _sync = new();
    private readonly Dictionary<string, Uses> _used = [];
    private long _notBefore;
    private long _swept = time.GetTimestamp();

    public string Issue(IPAddress client)
    {
        Span<byte> nonce = stackalloc byte[Octets];
        BinaryPrimitives.WriteInt64BigEndian(nonce, time.GetTimestamp());
        RandomNumberGenerator.Fill(nonce[TimeOctets..StampedOctets]);
        Prove(nonce[..StampedOctets], client, nonce[StampedOctets..]);
        return Base64Url.EncodeToString(nonce);
    }

    /// <summary>
    /// Uses a nonce for a request that was proved to be right. False when it is not one that we gave to this client, too old, or was used
    /// with this count before: nc has to rise for each nonce and client nonce.
    /// </summary>
    public bool TryUse(string nonce, IPAddress client, string clientNonce, uint count)
    {
        if (!TryRead(nonce, client, out var issued))
            return false;
        lock (_sync)
        {
            Sweep();
            if (issued < _notBefore || IsOver(issued))
                return false;
            if (!_used.TryGetValue(nonce, out var uses))
                _used[nonce] = uses = new Uses(issued);
            return uses.TryCount(clientNonce, count);
        }
    }

    /// <summary>Whether a nonce of ours is past the half of its life, so that the client should be given the next.</summary>
    public bool IsAging(string nonce, IPAddress client) => TryRead(nonce, client, out var issued) && time.GetElapsedTime(issued) > lifetime / 2;

    /// <summary>Whether we gave this nonce to this client, however long ago: then the client has received something from us.</summary>
    public bool IsOurs(string nonce, IPAddress client) => TryRead(nonce, client, out _);

    private bool TryRead(string nonce, IPAddress client, out long issued)
    {
        Span<byte> octets = stackalloc byte[Octets];
        issued = 0;
        if (nonce.Length != Base64Url.GetEncodedLength(Octets)
            || !Base64Url.TryDecodeFromChars(nonce, octets, out var length) || length != Octets)
            return false;
        Span<byte> proof = stackalloc byte[Octets - StampedOctets];
        Prove(octets[..StampedOctets], client, proof);
        issued = BinaryPrimitives.ReadInt64BigEndian(octets);
        return CryptographicOperations.FixedTimeEquals(proof, octets[StampedOctets..]);
    }

    private void Prove(ReadOnlySpan<byte> stamped, IPAddress client, Span<byte> proof)
    {
        Span<byte> text = stackalloc byte[StampedOctets + MaxAddressOctets];
        stamped.CopyTo(text);
        client.TryWriteBytes(text[StampedOctets..], out var length);
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, text[..(StampedOctets + length)], whole);
        whole[..proof.Length].CopyTo(proof);
    }

    private bool IsOver(long issued) => time.GetElapsedTime(issued) >= lifetime;

    // Once in a lifetime, or when the book is full. If that does not help, the book begins anew, and what was issued before is stale.
    private void Sweep()
    {
        if (_used.Count < maxUsed && time.GetElapsedTime(_swept) < lifetime)
            return;
        _swept = time.GetTimestamp();
        foreach (var (nonce, uses) in _used)
        {
            if (IsOver(uses.Issued))
                _used.Remove(nonce);
        }
        if (_used.Count < maxUsed)
            return;
        _used.Clear();
        _notBefore = _swept;
    }

    private sealed class Uses(long issued)
    {
        private readonly Dictionary<string, uint> _counts = new(1);

        public long Issued { get; } = issued;

        public bool TryCount(string clientNonce, uint count)
        {
            var known = _counts.TryGetValue(clientNonce, out var last);
            if (known ? count <= last : _counts.Count == MaxClientNonces)
                return false;
            _counts[clientNonce] = count;
            return true;
        }
    }
}
