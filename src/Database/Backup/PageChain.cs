using System.Security.Cryptography;

namespace UnifiedMsg.Database.Backup;

/// <summary>
/// A chain that is being written. It knows the hash of every page of the state that the chain ends with, so that the chain can go on from
/// any later state of the database by the pages that differ, whatever happened to the database's own log meanwhile.
/// </summary>
public sealed class PageChain : IDisposable
{
    /// <summary>Octets after which a new file begins, at the end of a commit.</summary>
    private const long FileSize = 64 << 20;

    private const int HashLength = 16; // Of SHA-256: two pages that differ have the same one never.
    private const string IndexName = "pages.index";

    private readonly string _folder;
    private readonly int _pageSize;
    private readonly List<PageImage> _pending = [];
    private byte[] _hashes = [];
    private FileStream? _file;
    private int _number;
    private bool _isAmidCommit;
    private long _sequence;
    private byte[] _hash;

    private PageChain(string folder, int pageSize, PageChainReader end)
    {
        (_folder, _pageSize) = (folder, pageSize);
        (_number, _sequence, _hash, Time, PageCount) = (end.FileNumber, end.Sequence, end.Hash, end.Time, end.PageCount);
        Size = Directory.EnumerateFiles(folder, "*" + PageChainReader.Extension).Sum(path => new FileInfo(path).Length);
    }

    /// <summary>The time of the last commit; the smallest time before the first.</summary>
    public DateTimeOffset Time { get; private set; }

    /// <summary>Pages of the database after the last commit.</summary>
    public uint PageCount { get; private set; }

    /// <summary>Octets of the chain.</summary>
    public long Size { get; private set; }

    /// <summary>Begins a chain in an empty folder.</summary>
    public static PageChain Create(string folder, int pageSize, string name)
    {
        using var start = new PageChainReader(folder);
        start.StartAt(1, 0, 0, PageRecord.HashOfChain(name), default, 0);
        return new PageChain(folder, pageSize, start);
    }

    /// <summary>Opens a chain to go on behind its last complete commit; what was cut off there is removed.</summary>
    /// <exception cref="BackupException">It is damaged.</exception>
    public static PageChain Open(string folder, int pageSize, CancellationToken cancellationToken = default)
    {
        using var reader = new PageChainReader(folder);
        byte[] hashes = ReadIndex(folder, reader);
        reader.Read(
            until: null,
            (record, pages) =>
            {
                if (record.PageSize != pageSize)
                    throw new BackupException($"{folder} has pages of {record.PageSize} octets, and the database has {pageSize}");
                foreach (PageImage page in pages)
                    SetHash(ref hashes, page.Number, HashOf(page.Octets.Span));
            },
            cancellationToken);
        string last = PageChainReader.PathOf(folder, reader.FileNumber);
        if (File.Exists(last) && new FileInfo(last).Length > reader.Place)
        {
            using FileStream cut = PrivateFiles.Open(last, FileMode.Open, FileAccess.Write, FileShare.Read);
            cut.SetLength(reader.Place);
            cut.Flush(flushToDisk: true);
        }
        for (int number = reader.FileNumber + 1; File.Exists(PageChainReader.PathOf(folder, number)); number++)
            File.Delete(PageChainReader.PathOf(folder, number));
        return new PageChain(folder, pageSize, reader) { _hashes = hashes };
    }

    /// <summary>Adds what differs between the state at the end of the chain and the snapshot; returns how many pages that were.</summary>
    public long AddDifference(IPageSnapshot snapshot, Action<long>? onRead, CancellationToken cancellationToken)
    {
        long added = 0;
        for (uint number = 1; number <= snapshot.PageCount; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var octets = new byte[_pageSize];
            snapshot.Read(number, octets);
            if (number > PageCount || !HasHash(number, HashOf(octets)))
            {
                Add(new PageImage(number, octets), snapshot.Time);
                added++;
            }
            if (number % PageRecord.MaxPages == 0)
                onRead?.Invoke(number);
        }
        if (added > 0 || snapshot.PageCount != PageCount)
            Commit(snapshot.Time, snapshot.PageCount);
        return added;
    }

    /// <summary>Adds pages of a commit as the database gave them.</summary>
    public void Add(PageBatch batch)
    {
        foreach (PageImage page in batch.Pages)
            Add(page, batch.Time);
        if (batch.PageCount > 0)
            Commit(batch.Time, batch.PageCount);
    }

    /// <summary>Makes what was added durable.</summary>
    public void Sync()
    {
        if (_file is null)
            return;
        _file.Flush(flushToDisk: true);
        if (_file.Length < FileSize || _pending.Count > 0)
            return;
        _file.Dispose();
        _file = null;
        _number++;
    }

    /// <summary>Writes the hashes of all pages beside the chain, so that the next backup need not read all of it to know them.</summary>
    public void WriteIndex()
    {
        Sync();
        // Of a commit whose end never came, the hashes are of pages that do not count.
        if (_isAmidCommit)
            return;
        string path = Path.Combine(_folder, IndexName);
        string temporary = path + ".tmp";
        using (FileStream file = PrivateFiles.Open(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            using var content = new MemoryStream();
            using var writer = new BinaryWriter(content);
            writer.Write(_number);
            writer.Write(_file?.Length ?? LengthOf(_number));
            writer.Write(_sequence);
            writer.Write(_hash);
            writer.Write(DatabaseTime.ToMicroseconds(Time));
            writer.Write(PageCount);
            int length = Math.Min(_hashes.Length, checked((int)(PageCount * (long)HashLength)));
            writer.Write(length);
            writer.Flush();
            byte[] head = content.ToArray();
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            sha.AppendData(head);
            sha.AppendData(_hashes, 0, length);
            file.Write(head);
            file.Write(_hashes, 0, length);
            file.Write(sha.GetHashAndReset());
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
        PrivateFiles.SyncDirectory(_folder);
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    // An index that is missing, damaged or of another place in time only costs the reading of the chain.
    private static byte[] ReadIndex(string folder, PageChainReader reader)
    {
        string path = Path.Combine(folder, IndexName);
        try
        {
            byte[] octets = File.Exists(path) ? File.ReadAllBytes(path) : [];
            if (octets.Length < SHA256.HashSizeInBytes
                || !SHA256.HashData(octets.AsSpan(0, octets.Length - SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(octets.AsSpan(^SHA256.HashSizeInBytes..)))
                return [];
            using var content = new BinaryReader(new MemoryStream(octets));
            (int number, long place, long sequence) = (content.ReadInt32(), content.ReadInt64(), content.ReadInt64());
            byte[] hash = content.ReadBytes(PageRecord.HashSize);
            (DateTimeOffset time, uint pages) = (DatabaseTime.FromMicroseconds(content.ReadInt64()), content.ReadUInt32());
            byte[] hashes = content.ReadBytes(content.ReadInt32());
            string file = PageChainReader.PathOf(folder, number);
            if ((File.Exists(file) ? new FileInfo(file).Length : 0) < place)
                return [];
            reader.StartAt(number, place, sequence, hash, time, pages);
            return hashes;
        }
        catch (EndOfStreamException)
        {
            return [];
        }
    }

    private void Add(PageImage page, DateTimeOffset time)
    {
        _pending.Add(page);
        _isAmidCommit = true;
        SetHash(ref _hashes, page.Number, HashOf(page.Octets.Span));
        if (_pending.Count == PageRecord.MaxPages)
            Write(time, pageCount: 0);
    }

    private void Commit(DateTimeOffset time, uint pageCount)
    {
        Write(time, pageCount);
        (Time, PageCount, _isAmidCommit) = (time, pageCount, false);
    }

    private void Write(DateTimeOffset time, uint pageCount)
    {
        byte[] record = PageRecord.Pack(_sequence + 1, time, pageCount, _pageSize, _pending, _hash);
        OpenFile().Write(record);
        (_sequence, _hash) = (_sequence + 1, record[^PageRecord.HashSize..]);
        Size += record.Length;
        _pending.Clear();
    }

    private FileStream OpenFile()
    {
        if (_file is not null)
            return _file;
        string path = PageChainReader.PathOf(_folder, _number);
        _file = PrivateFiles.Open(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        _file.Position = _file.Length;
        PrivateFiles.SyncDirectory(_folder);
        return _file;
    }

    private long LengthOf(int number)
    {
        string path = PageChainReader.PathOf(_folder, number);
        return File.Exists(path) ? new FileInfo(path).Length : 0;
    }

    private static byte[] HashOf(ReadOnlySpan<byte> page) => SHA256.HashData(page)[..HashLength];

    private bool HasHash(uint number, byte[] hash)
    {
        long place = (number - 1L) * HashLength;
        return place + HashLength <= _hashes.Length && _hashes.AsSpan((int)place, HashLength).SequenceEqual(hash);
    }

    private static void SetHash(ref byte[] hashes, uint number, byte[] hash)
    {
        int place = checked((int)((number - 1L) * HashLength));
        if (hashes.Length < place + HashLength)
            Array.Resize(ref hashes, Math.Max(place + HashLength, Math.Min(Array.MaxLength, hashes.Length * 2)));
        hash.CopyTo(hashes.AsSpan(place));
    }
}
