using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>GETQUOTA and GETQUOTAROOT: what the mailboxes may hold. An account has one quota root, named "", for all of them.</summary>
internal static class QuotaCommand
{
    // RFC 9208 §5.1: STORAGE is in units of 1024 octets.
    private const int Unit = 1024;

    public static async ValueTask<Reply> GetQuotaAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var root) || !reader.ExpectEnd()) return command.Wrong();
        if (root.Length > 0) return Reply.No("No such quota root", "NONEXISTENT");
        Write(session, await ReadAsync(session, cancellationToken));
        return Reply.Ok("Done");
    }

    public static async ValueTask<Reply> GetQuotaRootAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var name) || !reader.ExpectEnd()) return command.Wrong();
        if (await session.FindMailboxAsync(name, cancellationToken) is not { } folder) return Reply.No("No such mailbox", "NONEXISTENT");
        // What others have is theirs to know, and a mailbox without a limit has no quota root.
        var resources = folder.AccountId == session.AccountId ? await ReadAsync(session, cancellationToken) : [];
        session.Writer.Raw("* QUOTAROOT "u8).Mailbox(folder.Path).Raw(resources.Count == 0 ? "\r\n"u8 : " \"\"\r\n"u8);
        if (resources.Count > 0) Write(session, resources);
        return Reply.Ok("Done");
    }

    // Only what is limited is told: a resource without a limit has no number to give.
    private static async ValueTask<List<string>> ReadAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var quota = await session.Store.ReadQuotaAsync(session.AccountId, cancellationToken);
        var resources = new List<string>(2);
        if (quota.MaxSize != QuotaLimits.None) resources.Add($"STORAGE {(quota.Size + Unit - 1) / Unit} {quota.MaxSize / Unit}");
        if (quota.MaxItems != QuotaLimits.None) resources.Add($"MESSAGE {quota.Items} {quota.MaxItems}");
        return resources;
    }

    private static void Write(ImapSession session, List<string> resources) =>
        session.Writer.Text($"* QUOTA \"\" ({string.Join(' ', resources)})").End();
}
