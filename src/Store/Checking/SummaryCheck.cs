using UnifiedMsg.Database;
using UnifiedMsg.Mime;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store.Checking;

/// <summary>Compares the stored summary of a content with the one that its octets have: they were found sound, so they decide.</summary>
internal sealed class SummaryCheck(IDatabase database, ContentReader contents, KeyRing keys)
{
    public async Task RunAsync(FoundContent found, Findings findings, CancellationToken cancellationToken)
    {
        if (await FindProblemAsync(found, cancellationToken) is null)
            return;
        // It may have got another key, and with it another name, since it was read.
        long id = found.Content.Id;
        if (!(await contents.FindAsync([id], cancellationToken)).TryGetValue(id, out FoundContent? now)
            || await FindProblemAsync(now, cancellationToken) is not { } problem)
            return;
        await findings.AddAsync("content-summary", id, $"content {id}: {problem.Text}", () => MendAsync(now.Content, problem.Right));
    }

    private async Task<Problem?> FindProblemAsync(FoundContent found, CancellationToken cancellationToken)
    {
        byte[]? stored = Read(found);
        // One of an older version tells less, or the same in other octets, and whoever needs more than it tells computes it.
        if (stored is not null && stored[0] < MessageSummaryCodec.Version)
            return null;
        try
        {
            Stream? content = await contents.OpenAsync(found, cancellationToken);
            if (content is null)
                return null;
            await using (content)
            {
                MessageSummary right = MessageSummarizer.Summarize(content);
                if (stored is null)
                    return new Problem("its summary can't be read", MessageSummaryCodec.Encode(right));
                // Which words a preview takes out of HTML is what the program of its day made of it.
                byte[] compared = MessageSummaryCodec.Encode(right with { Preview = MessageSummaryCodec.Decode(stored).Preview });
                return stored.AsSpan().SequenceEqual(compared) ? null : new Problem("its summary is not that of its octets", MessageSummaryCodec.Encode(right));
            }
        }
        catch (ContentException)
        {
            return null; // Its octets were sound a moment ago; whether they are lost since, the next check says.
        }
    }

    // Null when it can't be read.
    private byte[]? Read(FoundContent found)
    {
        try
        {
            byte[] stored = PackedSummary.Unpack(found.Summary, found.Content.Hash, keys.Of(found.Content.KeyNumber));
            MessageSummaryCodec.Decode(stored);
            return stored;
        }
        catch (Exception damage) when (damage is DamagedContentException or InvalidDataException)
        {
            return null;
        }
    }

    private async Task<string?> MendAsync(StoredContent content, byte[] right)
    {
        byte[] summary = PackedSummary.Pack(right, content.Hash, keys.Of(content.KeyNumber));
        int changed = await database.WriteAsync(async session =>
        {
            await session.LockAsync(ContentRows.Key(content.Hash));
            return await session.ExecuteAsync(
                "UPDATE store_contents SET summary = @p3 WHERE id = @p0 AND hash = @p1 AND key_number = @p2",
                content.Id, content.Hash, content.KeyNumber, summary);
        });
        return changed == 1 ? "computed anew" : null;
    }

    private sealed record Problem(string Text, byte[] Right);
}
