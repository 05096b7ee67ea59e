using UnifiedMsg.Database;

namespace UnifiedMsg.Store.Transfer.Maildir;

/// <summary>An export as a Maildir++: INBOX at the top, the others beside each other in it (<c>.Archive.2024</c>).</summary>
public sealed class MaildirTarget : IExportTarget
{
    // A dot ends a level, and in modified UTF-7 it has no other form that a server would take (RFC 3501 §5.1.3). This one looks like it; the
    // manifest has the true name.
    private const char Dot = '\u2024';

    /// <inheritdoc/>
    public string Format => "maildir";

    /// <inheritdoc/>
    public string PlaceOf(string path) => path == "INBOX"
        ? "."
        : ExportNames.Shorten("." + string.Join('.', path.Split('/').Select(level => ModifiedUtf7.Encode(level.Replace('.', Dot)))));

    /// <inheritdoc/>
    public Task<IExportFolder> OpenAsync(string root, string place, CancellationToken cancellationToken)
    {
        string folder = place == "." ? root : Path.Combine(root, place);
        foreach (string part in (string[])["cur", "new", "tmp"])
            PrivateFiles.CreateFolder(Path.Combine(folder, part));
        // How Maildir++ marks what is a folder and not a mailbox of its own.
        if (place != ".")
            File.WriteAllBytes(Path.Combine(folder, "maildirfolder"), []);
        return Task.FromResult<IExportFolder>(new MaildirWriter(folder));
    }
}
