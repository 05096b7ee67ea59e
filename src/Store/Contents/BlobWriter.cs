using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace UnifiedMsg.Store.Contents;

/// <summary>Writes a content as a file of frames, each compressed and encrypted for itself, and hashes it on the way.</summary>
internal sealed class BlobWriter : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly KeyRing _keys;
    private readonly byte[] _salt = new byte[BlobHeader.SaltSize];
    private readonly FrameCipher? _cipher;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<uint> _entries = [];
    private readonly byte[] _frame = ArrayPool<byte>.Shared.Rent(BlobHeader.FrameSize);
    private readonly byte[] _stored = ArrayPool<byte>.Shared.Rent(BlobHeader.FrameSize + FrameCipher.TagSize);
    private int _filled;
    private long _length;
    private long _offset = BlobHeader.Size;

    /// <param name="file">A new file; it stays the caller's.</param>
    /// <param name="keys">The current one of these encrypts.</param>
    public BlobWriter(FileStream file, KeyRing keys)
    {
        (_handle, _path, _keys) = (file.SafeFileHandle, file.Name, keys);
        if (keys.Current is null)
            return;
        RandomNumberGenerator.Fill(_salt);
        _cipher = new FrameCipher(keys.Current, _salt);
    }

    /// <summary>Adds octets.</summary>
    /// <exception cref="ContentException">The file can't be written.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        _hash.AppendData(octets.Span);
        _length += octets.Length;
        while (octets.Length > 0)
        {
            int count = Math.Min(octets.Length, BlobHeader.FrameSize - _filled);
            octets[..count].CopyTo(_frame.AsMemory(_filled));
            _filled += count;
            octets = octets[count..];
            if (_filled == BlobHeader.FrameSize)
                await WriteFrameAsync(cancellationToken);
        }
    }

    /// <summary>Writes what is left, the index and, last of all, the header; returns the SHA-256 of the content. Syncing is the caller's.</summary>
    /// <exception cref="ContentException">The file can't be written.</exception>
    public async ValueTask<byte[]> CompleteAsync(CancellationToken cancellationToken)
    {
        if (_filled > 0)
            await WriteFrameAsync(cancellationToken);
        byte[] sha256 = _hash.GetHashAndReset();
        byte[] header = new byte[BlobHeader.Size];
        new BlobHeader(_keys.Name(sha256), _keys.Current?.Id, _salt).Write(header);
        await WriteAsync(BlobIndex.Write(header, _entries, _length, _cipher), _offset, cancellationToken);
        await WriteAsync(header, 0, cancellationToken);
        return sha256;
    }

    public void Dispose()
    {
        _hash.Dispose();
        _cipher?.Dispose();
        ArrayPool<byte>.Shared.Return(_frame, clearArray: _cipher is not null);
        ArrayPool<byte>.Shared.Return(_stored, clearArray: _cipher is not null);
    }

    private ValueTask WriteFrameAsync(CancellationToken cancellationToken)
    {
        int stored = EncodeFrame();
        long offset = _offset;
        _offset += stored;
        _filled = 0;
        return WriteAsync(_stored.AsMemory(0, stored), offset, cancellationToken);
    }

    private int EncodeFrame()
    {
        ReadOnlySpan<byte> plain = _frame.AsSpan(0, _filled);
        bool isCompressed = Compression.TryCompress(plain, _stored.AsSpan(0, Compression.WorthwhileLength(_filled)), out int length);
        if (!isCompressed)
        {
            plain.CopyTo(_stored);
            length = _filled;
        }
        int number = _entries.Count;
        _entries.Add(BlobIndex.Entry(length, isCompressed));
        Span<byte> octets = _stored.AsSpan(0, length);
        if (_cipher is null)
        {
            BinaryPrimitives.WriteUInt32BigEndian(_stored.AsSpan(length), BlobIndex.Check(octets));
            return length + BlobIndex.CheckSize;
        }
        _cipher.Seal(number, octets, _stored.AsSpan(length, FrameCipher.TagSize));
        return length + FrameCipher.TagSize;
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, long offset, CancellationToken cancellationToken)
    {
        try
        {
            await RandomAccess.WriteAsync(_handle, octets, offset, cancellationToken);
        }
        catch (IOException fault)
        {
            throw new ContentException($"{_path} can't be written: {fault.Message}", fault);
        }
    }
}
