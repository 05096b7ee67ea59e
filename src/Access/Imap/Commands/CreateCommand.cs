using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>CREATE: a mailbox and the levels above it, with a special use if one is asked for (RFC 6154 §3).</summary>
internal static class CreateCommand
{
    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ') || !reader.TryAString(out var name)) return command.Wrong();
        var uses = new List<string>();
        if (reader.Take(' ') && !TryUses(reader, uses)) return command.Wrong();
        if (!reader.ExpectEnd()) return command.Wrong();
        // A separator at the end says that mailboxes below it are to come; the name is without it.
        var place = await session.LocateMailboxAsync(name.TrimEnd(ListPattern.Separator), cancellationToken);
        if (place is null) return Reply.No("Bad mailbox name", "CANNOT");
        var use = uses.Count == 0 ? SpecialUse.None : uses is [var only] ? FolderListing.SpecialUseOf(only) : null;
        if (use is null) return Reply.No("A mailbox has one use, of those that LIST tells", "USEATTR");
        var folder = await session.Store.CreateFolderAsync(place.Value.AccountId, place.Value.Path, use.Value, cancellationToken);
        return Reply.Ok("Created", $"MAILBOXID ({ObjectId.Of(folder)})");
    }

    // create-param = "USE" SP "(" [use-attr *(SP use-attr)] ")"
    private static bool TryUses(WireReader reader, List<string> uses) => reader.TryList(() =>
        reader.TakeWord("USE"u8) ? reader.Expect(' ') && reader.TryList(() => TryUse(reader, uses)) : reader.Fail("Unknown CREATE parameter"));

    private static bool TryUse(WireReader reader, List<string> uses)
    {
        if (!reader.Expect('\\') || !reader.TryAtom(out var use)) return false;
        uses.Add(use);
        return true;
    }
}
