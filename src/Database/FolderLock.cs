namespace UnifiedMsg.Database;

/// <summary>Keeps a second server off the data folder. The system releases it when the process ends, however it ends.</summary>
public sealed class FolderLock : IDisposable
{
    private const string FileName = "unifiedmsg.lock";

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Takes the folder until this is disposed.</summary>
    /// <exception cref="DatabaseInUseException">Somebody has it.</exception>
    public static FolderLock Take(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            return new FolderLock(PrivateFiles.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new DatabaseInUseException(folder);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
