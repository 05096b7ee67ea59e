using UnifiedMsg.Store.Transfer.Eml;
using UnifiedMsg.Store.Transfer.Maildir;
using UnifiedMsg.Store.Transfer.Mbox;

namespace UnifiedMsg.Store.Transfer;

/// <summary>The table of the formats that are files.</summary>
public static class FileFormats
{
    // A folder of something else may be large; what is mail shows soon.
    private const int MaxLooks = 10_000;

    /// <summary>Opens what is to be imported.</summary>
    /// <param name="path">A file or folder.</param>
    /// <param name="format">How to read it, or null when that is to be found out.</param>
    /// <param name="maxSize">Octets of the largest message.</param>
    /// <param name="workFolder">Where large messages lie while they are read.</param>
    /// <exception cref="TransferException">It is nothing that can be imported.</exception>
    public static IImportSource OpenSource(string path, TransferFormat? format, long maxSize, string workFolder)
    {
        string real = SourceFiles.RealPath(path);
        return (format ?? Find(real)) switch
        {
            TransferFormat.Maildir => new MaildirSource(real),
            TransferFormat.Eml => new EmlSource(real),
            TransferFormat.Mbox => new MboxSource(real, maxSize, workFolder),
            _ => throw new TransferException($"{path} is not another server; write imaps://USER@HOST"),
        };
    }

    /// <summary>The writer of a format.</summary>
    /// <exception cref="TransferException">It can't be written.</exception>
    public static IExportTarget OpenTarget(TransferFormat format) => format switch
    {
        TransferFormat.Mbox => new MboxTarget(),
        TransferFormat.Maildir => new MaildirTarget(),
        TransferFormat.Eml => new EmlTarget(),
        _ => throw new TransferException("an export is written as mbox, maildir or eml"),
    };

    private static TransferFormat Find(string path)
    {
        if (File.Exists(path))
        {
            return MboxSource.IsMbox(path) ? TransferFormat.Mbox
                : EmlSource.IsEml(path) ? TransferFormat.Eml
                : throw new TransferException($"{path} is no mbox file: it does not begin with \"From \"; --format says what it is");
        }
        if (ExportManifest.Find(path) is { } manifest && Enum.TryParse(manifest.Format, ignoreCase: true, out TransferFormat ours))
            return ours;
        if (MaildirSource.IsMaildir(path) || new DirectoryInfo(path).EnumerateDirectories().Any(each => MaildirSource.IsMaildir(each.FullName)))
            return TransferFormat.Maildir;
        var options = new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint, RecurseSubdirectories = true, IgnoreInaccessible = true };
        foreach (FileInfo file in new DirectoryInfo(path).EnumerateFiles("*", options).Take(MaxLooks))
        {
            if (EmlSource.IsEml(file.FullName))
                return TransferFormat.Eml;
            if (MboxSource.IsMbox(file.FullName))
                return TransferFormat.Mbox;
        }
        throw new TransferException($"there is neither a Maildir, nor an mbox file, nor an .eml file in {path}; --format says what it is");
    }
}
