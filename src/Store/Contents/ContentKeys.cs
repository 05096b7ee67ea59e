using System.Security.Cryptography;
using System.Text;

namespace UnifiedMsg.Store.Contents;

/// <summary>
/// The keys of the encryption at rest, as the administrator gives them: one a line, its id and 32 octets in base64, apart by white space.
/// The line that begins with an asterisk, else the first one, is the key of new contents; the others still read. What follows <c>#</c> at
/// the beginning of a line is a comment.
/// </summary>
public sealed class ContentKeys : IDisposable
{
    // Rotating a key for a century of months.
    private const int MaxKeys = 1200;
    private const int MaxFile = 256 << 10;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly List<ContentKey> _keys;

    private ContentKeys(List<ContentKey> keys, ContentKey current) => (_keys, Current) = (keys, current);

    /// <summary>The key of new contents.</summary>
    public ContentKey Current { get; }

    /// <summary>All keys.</summary>
    public IReadOnlyList<ContentKey> All => _keys;

    /// <summary>Reads the keys from a file that only its owner may read.</summary>
    /// <exception cref="ContentKeyException">The file can't be read, others may read it, or it is malformed. No octets of a key are told.</exception>
    public static ContentKeys ReadFile(string path)
    {
        byte[] octets;
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & Others) != 0)
                throw new ContentKeyException($"{path}: others than its owner may use the file with the keys. Run: chmod 600 {path}");
            if (file.Length > MaxFile)
                throw new ContentKeyException($"{path}: this is no file of keys, it is too large");
            octets = GC.AllocateArray<byte>((int)file.Length, pinned: true);
            file.ReadExactly(octets);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ContentKeyException($"{path}: the keys can't be read: {fault.Message}", fault);
        }
        return ParseAndClear(path, octets);
    }

    /// <summary>Reads the keys from an environment variable, where a semicolon may stand for the end of a line.</summary>
    /// <exception cref="ContentKeyException">It is not set or malformed. No octets of a key are told.</exception>
    public static ContentKeys ReadVariable(string name)
    {
        string? text = Environment.GetEnvironmentVariable(name);
        if (string.IsNullOrWhiteSpace(text))
            throw new ContentKeyException($"the environment variable {name} has no keys");
        byte[] octets = GC.AllocateArray<byte>(Encoding.UTF8.GetByteCount(text), pinned: true);
        Encoding.UTF8.GetBytes(text, octets);
        octets.AsSpan().Replace((byte)';', (byte)'\n');
        return ParseAndClear(name, octets);
    }

    /// <summary>Reads the keys from text.</summary>
    /// <param name="source">Where the text is from, for errors.</param>
    /// <param name="text">The lines.</param>
    /// <exception cref="ContentKeyException">It is malformed. No octets of a key are told.</exception>
    public static ContentKeys Parse(string source, ReadOnlySpan<byte> text)
    {
        var keys = new List<ContentKey>();
        try
        {
            ContentKey? marked = null;
            int number = 0;
            foreach (Range range in text.Split((byte)'\n'))
            {
                number++;
                ReadOnlySpan<byte> line = text[range].Trim(" \t\r"u8);
                if (line.IsEmpty || line[0] == '#')
                    continue;
                ContentKey key = ParseLine($"{source}, line {number}", line, keys, out bool isMarked);
                keys.Add(key);
                if (isMarked && marked is not null)
                    throw new ContentKeyException($"{source}, line {number}: two keys are marked with an asterisk; only one can be that of new contents");
                marked = isMarked ? key : marked;
            }
            if (keys.Count == 0)
                throw new ContentKeyException($"{source}: there is no key. A line is an id and 32 octets in base64, such as: 2026-01 $(openssl rand -base64 32)");
            return new ContentKeys(keys, marked ?? keys[0]);
        }
        catch
        {
            keys.ForEach(key => key.Dispose());
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _keys.ForEach(key => key.Dispose());

    private static ContentKey ParseLine(string place, ReadOnlySpan<byte> line, List<ContentKey> known, out bool isMarked)
    {
        isMarked = line[0] == '*';
        if (isMarked)
            line = line[1..].TrimStart(" \t"u8);
        int end = line.IndexOfAny((byte)' ', (byte)'\t');
        if (end <= 0 || !ContentKey.TryParse(line[..end], line[end..].Trim(" \t"u8), out ContentKey? key))
        {
            throw new ContentKeyException($"{place}: expected an id (at most {ContentKey.MaxId} letters, digits, dots, hyphens and underscores), "
                + $"a space, and {ContentKey.Size} octets in base64");
        }
        if (known.Count == MaxKeys || known.Exists(other => other.Id == key!.Id))
        {
            key!.Dispose();
            throw new ContentKeyException($"{place}: {(known.Count == MaxKeys ? "there are too many keys" : $"the key '{key.Id}' is there already")}");
        }
        return key!;
    }

    private static ContentKeys ParseAndClear(string source, byte[] octets)
    {
        try
        {
            return Parse(source, octets);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }
}
