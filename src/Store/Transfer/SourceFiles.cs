using System.Globalization;

namespace UnifiedMsg.Store.Transfer;

/// <summary>
/// Files of a source that others can write to. No link is followed, or somebody could have a file imported that only the server may read;
/// no device or pipe is opened, which might never end.
/// </summary>
internal static class SourceFiles
{
    // A tree of folders that deep is made by nobody but for mischief.
    private const int MaxDepth = 50;

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    /// <summary>The path without links, as the person who names it may write them.</summary>
    /// <exception cref="TransferException">There is nothing.</exception>
    public static string RealPath(string path)
    {
        string real = Path.GetPathRoot(Path.GetFullPath(path))!;
        foreach (string level in Path.GetFullPath(path)[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(real, level);
            FileSystemInfo info = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            if (!info.Exists)
                throw new TransferException($"{path}: there is no such file or folder, or the server may not see it");
            real = info.ResolveLinkTarget(returnFinalTarget: true)?.FullName is { } target ? RealPath(target) : next;
        }
        return real;
    }

    /// <summary>What is in a folder, by name. Links are told and passed over.</summary>
    public static List<FileSystemInfo> List(string folder, string root, TransferLog log)
    {
        var found = new List<FileSystemInfo>();
        if (Path.GetRelativePath(root, folder).Count(each => each == Path.DirectorySeparatorChar) >= MaxDepth)
        {
            log.Damage(folder, "there are too many folders within folders; what is below is passed over");
            return found;
        }
        try
        {
            foreach (FileSystemInfo info in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", Everything))
            {
                if (info.LinkTarget is null)
                    found.Add(info);
                else
                    log.Damage(info.FullName, "is a link, and links are not followed; import what it leads to");
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            log.Damage(folder, fault.Message);
        }
        found.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return found;
    }

    /// <summary>Opens a file for reading; null with the reason when it is not one that may be read. An empty file is none either.</summary>
    public static FileStream? TryOpen(string path, out string? reason)
    {
        reason = null;
        try
        {
            // Devices, pipes and sockets have no length.
            var info = new FileInfo(path);
            if (info.LinkTarget is not null || !info.Exists || info.Length == 0)
                reason = info.LinkTarget is not null ? "is a link" : "is empty, or no file";
            if (reason is not null)
                return null;
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.Asynchronous);
            if (stream.CanSeek && IsWhatItWas(stream, path))
                return stream;
            stream.Dispose();
            reason = "became another file while it was opened";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            reason = fault.Message;
        }
        return null;
    }

    // Whoever puts a link into the place of a file or folder just now is found out.
    private static bool IsWhatItWas(FileStream stream, string path)
    {
        if (!OperatingSystem.IsLinux())
            return true;
        string descriptor = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{stream.SafeFileHandle.DangerousGetHandle()}");
        return new FileInfo(descriptor).LinkTarget is not { } opened || opened == path;
    }
}
