using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Access.Imap.Wire;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>LIST: the mailboxes that match, with their attributes and perhaps their status.</summary>
internal static class ListCommand
{
    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        if (!ListRequest.TryParse(command.Arguments, out var request)) return command.Wrong();
        if (request.Patterns is [""])
        {
            // RFC 9051 §6.3.9: an empty pattern asks for the separator.
            session.Writer.Raw("* LIST (\\Noselect) \"/\" \"\"\r\n"u8);
            return Reply.Ok("Done");
        }

        var patterns = new List<string>();
        foreach (var pattern in request.Patterns)
            if (session.TryPath(request.Reference + pattern, out var path)) patterns.Add(path);
        var folders = FolderListing.Build(await session.Mailboxes.ListAsync(cancellationToken));
        foreach (var folder in folders)
        {
            if (!patterns.Exists(p => ListPattern.Matches(p, folder.Path))) continue;
            var subscribedBelow = request.RecursiveMatch && HasSubscribedBelow(folders, folder.Path, patterns);
            if (request.OnlySubscribed && folder.Folder is not { Subscribed: true } && !subscribedBelow) continue;
            if (request.OnlySpecialUse && (folder.Folder is null || FolderListing.SpecialUseName(folder.Folder.SpecialUse) is null)) continue;
            await WriteAsync(session, folder, request, subscribedBelow, cancellationToken);
            await session.Writer.FlushIfMuchAsync(cancellationToken);
        }

        return Reply.Ok("Done");
    }

    private static async ValueTask WriteAsync(
        ImapSession session, ListedFolder listed, ListRequest request, bool subscribedBelow, CancellationToken cancellationToken)
    {
        var attributes = new List<string>(4);
        if (listed.Folder is null) attributes.Add(session.Rev2 ? "\\NonExistent" : "\\Noselect");
        attributes.Add(listed.HasChildren ? "\\HasChildren" : "\\HasNoChildren");
        if (request.ReturnSubscribed && listed.Folder is { Subscribed: true }) attributes.Add("\\Subscribed");
        if (listed.Folder is not null && FolderListing.SpecialUseName(listed.Folder.SpecialUse) is { } use) attributes.Add(use);
        session.Writer.Text($"* LIST ({string.Join(' ', attributes)}) \"/\" ").Mailbox(listed.Path);
        if (subscribedBelow) session.Writer.Raw(" (\"CHILDINFO\" (\"SUBSCRIBED\"))"u8);
        session.Writer.End();
        // RFC 4314 §4: STATUS takes the right to read.
        if (request.Status is not null && listed is { Folder: not null, MayRead: true }) await StatusItems.WriteAsync(session, listed.Folder, request.Status, cancellationToken);
    }

    // RFC 9051 §6.3.9.1 RECURSIVEMATCH: a folder below it is subscribed and does not match itself.
    private static bool HasSubscribedBelow(List<ListedFolder> folders, string path, List<string> patterns) =>
        folders.Exists(f => f.Folder is { Subscribed: true } && f.Path.Length > path.Length && f.Path[path.Length] == ListPattern.Separator
            && f.Path.StartsWith(path, StringComparison.Ordinal) && !patterns.Exists(p => ListPattern.Matches(p, f.Path)));
}
