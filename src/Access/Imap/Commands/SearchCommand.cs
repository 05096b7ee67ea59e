using UnifiedMsg.Access.Imap.Commands.Search;
using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Access.Imap.Wire;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>SEARCH and UID SEARCH: the messages that meet a condition.</summary>
internal static class SearchCommand
{
    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        if (!command.Arguments.Expect(' ') || !SearchParser.TryParse(command.Arguments, out var request)) return command.Wrong();
        var folder = session.Selected!;
        if (request.Charset is not null && request.Charset.ToUpperInvariant() is not ("UTF-8" or "US-ASCII"))
        {
            // RFC 5182 §2.1: a failed search saves an empty result.
            if ((request.Return & SearchReturn.Save) != 0) folder.SavedSearch = [];
            return Reply.No("Unknown charset", "BADCHARSET (UTF-8 US-ASCII)");
        }

        if (request.UsesModSeq) session.CondStore = true;
        var found = await FindAsync(session, folder, request.Key, cancellationToken);
        if ((request.Return & SearchReturn.Save) != 0) Save(folder, request.Return, found);
        var modSeq = request.UsesModSeq ? await HighestModSeqAsync(session, folder, found, cancellationToken) : 0;
        Write(session, command, request, folder, found, modSeq);
        return Reply.Ok("Done");
    }

    private static async ValueTask<List<uint>> FindAsync(
        ImapSession session, SelectedFolder folder, SearchKey key, CancellationToken cancellationToken)
    {
        var query = new SearchTranslator(folder, session.Time.GetUtcNow()).Translate(key);
        var found = await session.Store.SearchAsync(folder.Id, query, Among(folder, key), cancellationToken);
        // What came after the client was last told has no message number yet.
        return [.. found.Where(uid => folder.NumberOf(uid) != 0)];
    }

    // RFC 7162 §3.1.5: of all that were found, 0 of none.
    private static async ValueTask<long> HighestModSeqAsync(
        ImapSession session, SelectedFolder folder, List<uint> found, CancellationToken cancellationToken) =>
        found.Count == 0 ? 0 : (await session.Store.FindItemsAsync(folder.Id, found, cancellationToken)).Select(i => i.ModSeq).DefaultIfEmpty().Max();

    // A search among few messages reads only those.
    private static IReadOnlyCollection<uint>? Among(SelectedFolder folder, SearchKey key)
    {
        var set = key as SetKey ?? (key as AllOfKey)?.Keys.OfType<SetKey>().FirstOrDefault();
        return set is { ByUid: true } && folder.TryResolve(set.Set, true, out var uids) && uids.Count <= folder.Uids.Count / 4 ? uids : null;
    }

    // RFC 5182 §2.1: with MIN or MAX alone, only those are saved.
    private static void Save(SelectedFolder folder, SearchReturn wanted, List<uint> found)
    {
        var uids = found;
        if ((wanted & (SearchReturn.All | SearchReturn.Count)) == 0 && (wanted & (SearchReturn.Min | SearchReturn.Max)) != 0 && uids.Count > 0)
        {
            var some = new SortedSet<uint>();
            if ((wanted & SearchReturn.Min) != 0) some.Add(uids[0]);
            if ((wanted & SearchReturn.Max) != 0) some.Add(uids[^1]);
            uids = [.. some];
        }

        folder.SavedSearch = uids;
    }

    private static void Write(ImapSession session, ImapCommand command, SearchRequest request, SelectedFolder folder, List<uint> found, long modSeq)
    {
        var numbers = found.ConvertAll(uid => command.ByUid ? uid : (uint)folder.NumberOf(uid));
        var wanted = request.Return;
        // RFC 9051 §6.4.4: IMAP4rev2 knows the extended answer only.
        if (wanted == SearchReturn.None && session.Rev2) wanted = SearchReturn.Extended | SearchReturn.All;
        if (wanted == SearchReturn.None) WritePlain(session.Writer, modSeq, numbers);
        else if (wanted != (SearchReturn.Extended | SearchReturn.Save)) WriteExtended(session.Writer, command, wanted, modSeq, numbers);
    }

    private static void WritePlain(ResponseWriter writer, long modSeq, List<uint> numbers)
    {
        writer.Raw("* SEARCH"u8);
        foreach (var number in numbers) writer.Raw(" "u8).Number(number);
        if (modSeq > 0) writer.Raw(" (MODSEQ "u8).Number(modSeq).Raw(")"u8);
        writer.End();
    }

    private static void WriteExtended(
        ResponseWriter writer, ImapCommand command, SearchReturn wanted, long modSeq, List<uint> numbers)
    {
        writer.Raw("* ESEARCH (TAG "u8).String(command.Tag).Raw(")"u8);
        if (command.ByUid) writer.Raw(" UID"u8);
        if ((wanted & SearchReturn.Min) != 0 && numbers.Count > 0) writer.Raw(" MIN "u8).Number(numbers[0]);
        if ((wanted & SearchReturn.Max) != 0 && numbers.Count > 0) writer.Raw(" MAX "u8).Number(numbers[^1]);
        if ((wanted & SearchReturn.All) != 0 && numbers.Count > 0) writer.Raw(" ALL "u8).Text(UidSet.Format(numbers));
        if ((wanted & SearchReturn.Count) != 0) writer.Raw(" COUNT "u8).Number(numbers.Count);
        if (modSeq > 0) writer.Raw(" MODSEQ "u8).Number(modSeq);
        writer.End();
    }
}
