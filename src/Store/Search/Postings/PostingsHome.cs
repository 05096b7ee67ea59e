using Microsoft.Extensions.Logging;
using UnifiedMsg.Database;
using UnifiedMsg.Database.Sqlite;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Keeps the index in a file, of which this server is the only user.</summary>
/// <param name="store">The store that it is of.</param>
/// <param name="file">The file.</param>
/// <param name="variant">What is read of attachments, below 100.</param>
/// <param name="logger">Hears of a file that is put aside.</param>
internal sealed partial class PostingsHome(IDatabase store, string file, int variant, ILogger logger) : IIndexHome
{
    /// <summary>After this long a file that somebody deleted is missed, when no mail comes and nobody searches.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    public string Name => file;

    public bool IsUsable => true;

    // SQLite goes on in a file that has no name any more, until it needs another connection.
    public bool IsThere => File.Exists(file);

    public TimeSpan LongestWait => LookEvery;

    public ValueTask<(ISearchIndex Index, IIndexBacklog Backlog)> OpenAsync(CancellationToken cancellationToken)
    {
        PostingsIndex index = PostingsIndex.Open(file, variant);
        if (index.PutAsideBecause is { } because)
            Log.PutAside(logger, file, because);
        return ValueTask.FromResult<(ISearchIndex, IIndexBacklog)>((index, new PostingsBacklog(store, index)));
    }

    public ValueTask<bool> WritesAsync(CancellationToken cancellationToken) => ValueTask.FromResult(true);

    public ValueTask DiscardAsync(CancellationToken cancellationToken)
    {
        SideDatabase.PutAside(file);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(6036, LogLevel.Warning, "The search index {Index} can't be used ({Reason}). It is renamed to .old and made anew; until then searches read the messages")]
        public static partial void PutAside(ILogger logger, string index, string reason);
    }
}
