namespace UnifiedMsg.Database.Backup;

/// <summary>A backup can't be read as one. The message says what is wrong with it; nothing was written.</summary>
public sealed class BackupException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Reads a chain: a folder of files <c>00000001.pages</c>, … with one record behind the other. The first commit is the whole
/// database. What stands behind the last complete commit of the last file was cut off while being written and does not count.
/// </summary>
public sealed class PageChainReader : IDisposable
{
    /// <summary>How the files of a chain end.</summary>
    public const string Extension = ".pages";

    private readonly string _folder;
    private (int Number, long Place, PageRecord Record, byte[] Octets)? _lastRead;
    private FileStream? _open;
    private int _openNumber;

    /// <param name="folder">The folder of the chain. Its name belongs to the hashes.</param>
    public PageChainReader(string folder)
    {
        _folder = folder;
        Hash = PageRecord.HashOfChain(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)));
    }

    /// <summary>The file of the end of the last complete commit that was read, counted from 1.</summary>
    public int FileNumber { get; private set; } = 1;

    /// <summary>The place in it.</summary>
    public long Place { get; private set; }

    /// <summary>The last record of that commit.</summary>
    public long Sequence { get; private set; }

    /// <summary>The hash of that record.</summary>
    public byte[] Hash { get; private set; }

    /// <summary>The time of that commit.</summary>
    public DateTimeOffset Time { get; private set; }

    /// <summary>Pages of the database after that commit; 0 before the first.</summary>
    public uint PageCount { get; private set; }

    /// <summary>The path of a file of a chain.</summary>
    public static string PathOf(string folder, int number) => Path.Combine(folder, $"{number:D8}{Extension}");

    /// <summary>Begins behind a commit that is known already.</summary>
    internal void StartAt(int fileNumber, long place, long sequence, byte[] hash, DateTimeOffset time, uint pageCount) =>
        (FileNumber, Place, Sequence, Hash, Time, PageCount) = (fileNumber, place, sequence, hash, time, pageCount);

    /// <summary>Reads on to the end, or to the last commit that is not later than <paramref name="until"/>. No page of a commit is given
    /// before all of the commit was found to be sound.</summary>
    /// <param name="until">The latest commit to read; null for all.</param>
    /// <param name="onPages">Gets the pages of complete commits; null when only their place is asked for.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BackupException">The chain is damaged before its end.</exception>
    public void Read(DateTimeOffset? until, Action<PageRecord, IReadOnlyList<PageImage>>? onPages, CancellationToken cancellationToken = default)
    {
        while (TryFindCommit(until, out int records, cancellationToken))
        {
            // Found sound and complete: now its pages, without holding more than one record of them.
            for (int i = 0; i < records; i++)
            {
                if (!TryReadRecord(FileNumber, Place, Sequence, Hash, out PageRecord record, out byte[] octets))
                    throw new BackupException($"{PathOf(_folder, FileNumber)} changed while it was read");
                onPages?.Invoke(record, onPages is null ? [] : record.Unpack(octets));
                (Place, Sequence, Hash) = (Place + record.Size, record.Sequence, octets[^PageRecord.HashSize..]);
                if (record.EndsCommit)
                    (Time, PageCount) = (record.Time, record.PageCount);
                MoveToNextFile();
            }
        }
    }

    /// <summary>When the chain begins; null when its first record is damaged.</summary>
    public static DateTimeOffset? BeginOf(string folder)
    {
        using var reader = new PageChainReader(folder);
        return reader.TryReadRecord(1, 0, 0, reader.Hash, out PageRecord record, out _) ? record.Time : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _open?.Dispose();

    /// <summary>The times of the first and the last complete commit; null when there is none.</summary>
    public static (DateTimeOffset First, DateTimeOffset Last, long Commits)? Survey(string folder, CancellationToken cancellationToken = default)
    {
        using var reader = new PageChainReader(folder);
        (DateTimeOffset First, DateTimeOffset Last, long Commits)? found = null;
        while (reader.TryFindCommit(null, out int records, cancellationToken))
        {
            reader.Skip(records);
            found = (found?.First ?? reader.Time, reader.Time, (found?.Commits ?? 0) + 1);
        }
        return found;
    }

    private void Skip(int records)
    {
        for (int i = 0; i < records; i++)
        {
            if (!TryReadRecord(FileNumber, Place, Sequence, Hash, out PageRecord record, out byte[] octets))
                throw new BackupException($"{PathOf(_folder, FileNumber)} changed while it was read");
            (Place, Sequence, Hash, Time) = (Place + record.Size, record.Sequence, octets[^PageRecord.HashSize..], record.Time);
            PageCount = record.PageCount > 0 ? record.PageCount : PageCount;
            MoveToNextFile();
        }
    }

    // Looks ahead without moving: from the place after the last commit to the end of the next one.
    private bool TryFindCommit(DateTimeOffset? until, out int records, CancellationToken cancellationToken)
    {
        (int number, long place, long sequence, byte[] hash) = (FileNumber, Place, Sequence, Hash);
        for (records = 0; ; records++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!TryReadRecord(number, place, sequence, hash, out PageRecord record, out byte[] octets))
            {
                if (IsEnd(number, place))
                    return false;
                // A backup that goes on may have written the rest of the record between the two looks.
                if (!TryReadRecord(number, place, sequence, hash, out record, out octets))
                    throw Damaged(number, place);
            }
            if (record.Time > until)
                return false;
            (place, sequence, hash) = (place + record.Size, record.Sequence, octets[^PageRecord.HashSize..]);
            if (record.EndsCommit)
            {
                records++;
                return true;
            }
            if (place >= LengthOf(number) && File.Exists(PathOf(_folder, number + 1)))
                (number, place) = (number + 1, 0);
        }
    }

    private void MoveToNextFile()
    {
        if (Place >= LengthOf(FileNumber) && File.Exists(PathOf(_folder, FileNumber + 1)))
            (FileNumber, Place) = (FileNumber + 1, 0);
    }

    // A cut-off record reaches past the end of the last file. Anything else is damage, and what stands behind it must not be left out silently.
    private bool IsEnd(int number, long place)
    {
        long length = LengthOf(number);
        bool cutOff = length - place < PageRecord.HeaderSize
            || (TryReadHeader(number, place, out PageRecord record) && place + record.Size >= length);
        return cutOff && !File.Exists(PathOf(_folder, number + 1));
    }

    private BackupException Damaged(int number, long place)
    {
        string upTo = PageCount == 0 ? "nothing before it is complete" : $"what was committed up to {Time:O} can be restored, with --at";
        return new BackupException($"{PathOf(_folder, number)} is damaged at octet {place}: {upTo}");
    }

    private bool TryReadHeader(int number, long place, out PageRecord record)
    {
        Span<byte> header = stackalloc byte[PageRecord.HeaderSize];
        record = null!;
        if (Open(number) is not { } file || file.Length - place < header.Length)
            return false;
        file.Position = place;
        file.ReadExactly(header);
        return PageRecord.TryParse(header, out record);
    }

    private bool TryReadRecord(int number, long place, long sequence, byte[] hash, out PageRecord record, out byte[] octets)
    {
        // A commit of one record, as most are, is read only once.
        if (_lastRead is { } last && last.Number == number && last.Place == place)
        {
            (record, octets) = (last.Record, last.Octets);
            return true;
        }
        octets = [];
        if (!TryReadHeader(number, place, out record) || record.Sequence != sequence + 1 || Open(number) is not { } file
            || file.Length - place < record.Size)
            return false;
        octets = new byte[record.Size];
        file.Position = place;
        file.ReadExactly(octets);
        if (!PageRecord.IsSound(octets, hash))
            return false;
        _lastRead = (number, place, record, octets);
        return true;
    }

    private FileStream? Open(int number)
    {
        if (_openNumber == number)
            return _open;
        string path = PathOf(_folder, number);
        if (!File.Exists(path))
            return null;
        _open?.Dispose();
        (_openNumber, _open) = (number, new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0));
        return _open;
    }

    private long LengthOf(int number)
    {
        string path = PathOf(_folder, number);
        return File.Exists(path) ? new FileInfo(path).Length : 0;
    }
}
