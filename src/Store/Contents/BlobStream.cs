using System.Buffers;
using System.Buffers.Binary;

namespace UnifiedMsg.Store.Contents;

/// <summary>A content out of a file of frames. It holds one frame and reads those only that are asked for.</summary>
internal sealed class BlobStream : Stream, IVerifiedContent
{
    // The index of 60 MiB; only larger contents need a second read for it.
    private const int FirstTailRead = 4096;

    private readonly IBlobFile _file;
    private readonly string _name;
    private readonly BlobIndex _index;
    private readonly FrameCipher? _cipher;
    private readonly Action<ContentException> _onFault;
    private readonly byte[] _stored = ArrayPool<byte>.Shared.Rent(BlobHeader.FrameSize + FrameCipher.TagSize);
    private readonly byte[] _frame = ArrayPool<byte>.Shared.Rent(BlobHeader.FrameSize);
    private int _held = -1;
    private long _position;
    private bool _isDisposed;

    private BlobStream(IBlobFile file, string name, string? keyId, BlobIndex index, FrameCipher? cipher, Action<ContentException> onFault) =>
        (_file, _name, KeyId, _index, _cipher, _onFault) = (file, name, keyId, index, cipher, onFault);

    /// <summary>The id of the key with which the file is encrypted, or null.</summary>
    public string? KeyId { get; }

    public override bool CanRead => !_isDisposed;

    public override bool CanSeek => !_isDisposed;

    public override bool CanWrite => false;

    public override long Length => _index.Length;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    /// <summary>Opens a file that begins as one of frames, and takes it over when that succeeds. Header and index are verified.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">The name that its header must have.</param>
    /// <param name="keys">Where its key is.</param>
    /// <param name="onFault">Told of what is found wrong when frames are read.</param>
    /// <exception cref="DamagedContentException">It is cut off or was changed.</exception>
    /// <exception cref="ContentKeyException">Its key is not there.</exception>
    public static BlobStream Open(IBlobFile file, byte[] name, KeyRing keys, Action<ContentException> onFault)
    {
        string text = Convert.ToHexStringLower(name);
        Span<byte> octets = stackalloc byte[BlobHeader.Size];
        if (ReadAll(file, octets, 0) < octets.Length || !BlobHeader.TryParse(octets, out BlobHeader? header) || !header!.Name.AsSpan().SequenceEqual(name))
            throw new DamagedContentException(text, "its file has no header of this version");
        FrameCipher? cipher = header.KeyId is null
            ? null
            : new FrameCipher(
                keys.Find(header.KeyId) ?? throw new ContentKeyException($"The content {text} is encrypted with the key '{header.KeyId}', which is not among the keys."),
                header.Salt);
        try
        {
            byte[] tail = ReadIndex(file, text);
            if (!BlobIndex.TryParse(tail, file.Length, cipher is not null, out BlobIndex? index) || !BlobIndex.IsSealGood(octets, tail, cipher))
                throw new DamagedContentException(text, "the index of its file is not what was written");
            return new BlobStream(file, text, header.KeyId, index!, cipher, onFault);
        }
        catch
        {
            cipher?.Dispose();
            throw;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        int frame = NextFrame(buffer.Length);
        if (frame >= 0 && frame != _held)
        {
            try
            {
                Decode(frame, ReadAll(_file, StoredOf(frame).Span, _index.OffsetOf(frame)));
            }
            catch (IOException fault)
            {
                throw Unreadable(fault);
            }
        }
        return Take(frame, buffer);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int frame = NextFrame(buffer.Length);
        if (frame >= 0 && frame != _held)
            Decode(frame, await ReadStoredAsync(frame, cancellationToken));
        return Take(frame, buffer.Span);
    }

    /// <inheritdoc/>
    public async ValueTask VerifyAsync(long offset, long count, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        long end = Math.Min(Length, offset + count);
        if (offset < 0 || offset >= end)
            return;
        int first = (int)(offset / BlobHeader.FrameSize), last = (int)((end - 1) / BlobHeader.FrameSize);
        for (int frame = first; frame <= last; frame++)
        {
            int read = await ReadStoredAsync(frame, cancellationToken);
            // The last one is held, which spares the reading of a small piece.
            if (frame == last)
                Decode(frame, read);
            else if (!IsGood(frame, read))
                throw Damaged(frame);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _file.Dispose();
            _cipher?.Dispose();
            // What was encrypted must not be found in other people's buffers.
            ArrayPool<byte>.Shared.Return(_stored, clearArray: _cipher is not null);
            ArrayPool<byte>.Shared.Return(_frame, clearArray: _cipher is not null);
        }
        base.Dispose(disposing);
    }

    private static byte[] ReadIndex(IBlobFile file, string name)
    {
        Span<byte> end = stackalloc byte[FirstTailRead];
        end = end[..(int)Math.Min(FirstTailRead, file.Length - BlobHeader.Size)];
        if (end.Length < BlobIndex.TailSize || ReadAll(file, end, file.Length - end.Length) < end.Length
            || !BlobIndex.TryReadCount(end[^BlobIndex.TailSize..], file.Length, out int count))
            throw new DamagedContentException(name, "the end of its file is missing or was changed");
        int length = (count * BlobIndex.EntrySize) + BlobIndex.TailSize;
        if (length <= end.Length)
            return end[^length..].ToArray();
        byte[] index = new byte[length];
        return ReadAll(file, index, file.Length - length) == length ? index : throw new DamagedContentException(name, "its file became shorter");
    }

    private static int ReadAll(IBlobFile file, Span<byte> octets, long offset)
    {
        int total = 0;
        while (total < octets.Length && file.Read(octets[total..], offset + total) is int read and > 0)
            total += read;
        return total;
    }

    private async ValueTask<int> ReadAllAsync(Memory<byte> octets, long offset, CancellationToken cancellationToken)
    {
        int total = 0;
        while (total < octets.Length && await _file.ReadAsync(octets[total..], offset + total, cancellationToken) is int read and > 0)
            total += read;
        return total;
    }

    private async ValueTask<int> ReadStoredAsync(int frame, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAllAsync(StoredOf(frame), _index.OffsetOf(frame), cancellationToken);
        }
        catch (IOException fault)
        {
            throw Unreadable(fault);
        }
    }

    private int NextFrame(int wanted)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return wanted == 0 || _position >= Length ? -1 : (int)(_position / BlobHeader.FrameSize);
    }

    private Memory<byte> StoredOf(int frame) =>
        _stored.AsMemory(0, _index.StoredLengthOf(frame) + (_cipher is null ? BlobIndex.CheckSize : FrameCipher.TagSize));

    private int Take(int frame, Span<byte> buffer)
    {
        if (frame < 0)
            return 0;
        int at = (int)(_position % BlobHeader.FrameSize);
        int count = Math.Min(buffer.Length, _index.LengthOf(frame) - at);
        _frame.AsSpan(at, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    // Whether the stored octets are what was written; decrypts them on the way.
    private bool IsGood(int frame, int read)
    {
        Span<byte> stored = StoredOf(frame).Span;
        Span<byte> octets = stored[.._index.StoredLengthOf(frame)];
        ReadOnlySpan<byte> check = stored[octets.Length..];
        return read == stored.Length
            && (_cipher is null ? BinaryPrimitives.ReadUInt32BigEndian(check) == BlobIndex.Check(octets) : _cipher.TryOpen(frame, octets, check));
    }

    private void Decode(int frame, int read)
    {
        _held = -1;
        if (!IsGood(frame, read))
            throw Damaged(frame);
        ReadOnlySpan<byte> octets = _stored.AsSpan(0, _index.StoredLengthOf(frame));
        Span<byte> target = _frame.AsSpan(0, _index.LengthOf(frame));
        if (!_index.IsCompressed(frame))
            octets.CopyTo(target);
        else if (!Compression.TryDecompress(octets, target))
            throw Damaged(frame);
        _held = frame;
    }

    private ContentException Damaged(int frame) =>
        Fault(new DamagedContentException(_name, $"the octets from {(long)frame * BlobHeader.FrameSize} on are not what was written"));

    private ContentException Unreadable(IOException fault) => Fault(new ContentException($"The content {_name} can't be read: {fault.Message}", fault));

    private ContentException Fault(ContentException fault)
    {
        _onFault(fault);
        return fault;
    }
}
