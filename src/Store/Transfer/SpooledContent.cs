using System.Security.Cryptography;

namespace UnifiedMsg.Store.Transfer;

/// <summary>A message being read out of something larger: in memory while it is small, then in a file that nobody else can open and that
/// goes with it. It never grows beyond the largest message allowed.</summary>
/// <param name="maxSize">Octets of the largest message.</param>
/// <param name="workFolder">Where the file lies.</param>
internal sealed class SpooledContent(long maxSize, string workFolder) : IDisposable
{
    /// <summary>What a message takes of the memory at most: few are larger, and several are under way at once.</summary>
    private const int MaxInMemory = 1 << 20;

    private Stream _octets = new MemoryStream();

    /// <summary>Octets so far.</summary>
    public long Length => _octets.Length;

    /// <summary>Whether more was written than is allowed; the rest is not kept.</summary>
    public bool IsTooLarge { get; private set; }

    public void Write(ReadOnlySpan<byte> octets)
    {
        if (IsTooLarge || Length + octets.Length > maxSize)
        {
            IsTooLarge = true;
            return;
        }
        if (_octets is MemoryStream && Length + octets.Length > MaxInMemory)
            MoveToFile();
        _octets.Write(octets);
    }

    /// <summary>Cuts the end off.</summary>
    public void Trim(long length) => _octets.SetLength(length);

    /// <summary>SHA-256 of what is there, as text.</summary>
    public string Hash()
    {
        _octets.Position = 0;
        return Convert.ToHexStringLower(SHA256.HashData(_octets));
    }

    /// <summary>All of it, from its beginning. The stream is then the caller's.</summary>
    public Stream Take()
    {
        _octets.Position = 0;
        return _octets;
    }

    public void Dispose() => _octets.Dispose();

    private void MoveToFile()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(Path.Combine(workFolder, $"import-{Guid.NewGuid():N}"), options);
        _octets.Position = 0;
        _octets.CopyTo(file);
        _octets.Dispose();
        _octets = file;
    }
}
