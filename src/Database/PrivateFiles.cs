using System.Runtime.InteropServices;

namespace UnifiedMsg.Database;

/// <summary>Files that only the server's own user may read, and directories whose entries survive a power cut.</summary>
public static partial class PrivateFiles
{
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int ReadOnlyDirectory = 0;

    /// <summary>Makes the folder (mode 0700) and those above it where they are missing.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            System.IO.Directory.CreateDirectory(path);
        else
            System.IO.Directory.CreateDirectory(path, FolderMode);
    }

    /// <summary>Opens a file; a new one gets mode 0600.</summary>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share, int bufferSize = 0)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = bufferSize };
        if (!OperatingSystem.IsWindows() && mode is not System.IO.FileMode.Open and not System.IO.FileMode.Truncate)
            options.UnixCreateMode = FileMode;
        return new FileStream(path, options);
    }

    /// <summary>Makes names created, renamed or removed in a directory durable: on Unix an fsync of a file does not cover its name.</summary>
    /// <exception cref="IOException">The directory can't be opened or synced.</exception>
    public static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            return; // NTFS journals names with the file.
        int descriptor = OpenDescriptor(path, ReadOnlyDirectory);
        if (descriptor < 0)
            throw new IOException($"Can't open the directory {path} to sync it: error {Marshal.GetLastPInvokeError()}.");
        try
        {
            if (SyncDescriptor(descriptor) != 0)
                throw new IOException($"Can't sync the directory {path}: error {Marshal.GetLastPInvokeError()}.");
        }
        finally
        {
            _ = CloseDescriptor(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenDescriptor(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseDescriptor(int descriptor);
}
