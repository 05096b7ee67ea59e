using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>SUBSCRIBE and UNSUBSCRIBE: which mailboxes a client shows.</summary>
internal static class SubscribeCommand
{
    public static ValueTask<Reply> SubscribeAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken) =>
        RunAsync(session, command, true, cancellationToken);

    public static async ValueTask<Reply> UnsubscribeAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(session, command, false, cancellationToken);
        }
        catch (StoreException refusal) when (refusal.Error == StoreError.NoSuchFolder)
        {
            // What is not there is not subscribed, which is what was asked for.
            return Reply.Ok("Not subscribed");
        }
    }

    private static async ValueTask<Reply> RunAsync(
        ImapSession session, ImapCommand command, bool subscribe, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var name) || !reader.ExpectEnd()) return command.Wrong();
        if (await session.LocateMailboxAsync(name, cancellationToken) is not { } place) return Reply.No("No such mailbox", "NONEXISTENT");
        await session.Store.SubscribeAsync(place.AccountId, place.Path, subscribe, cancellationToken);
        return Reply.Ok(subscribe ? "Subscribed" : "Unsubscribed");
    }
}
