using UnifiedMsg.Database;
using UnifiedMsg.Database.Sqlite;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>Keeps the index in a file, of which this server is the only user.</summary>
/// <param name="store">The store that it is of.</param>
/// <param name="file">The file.</param>
/// <param name="variant">What is read of attachments, below 100.</param>
internal sealed class PostingsHome(IDatabase store, string file, int variant) : IIndexHome
{
    public string Name => file;

    public bool IsUsable => true;

    public TimeSpan LongestWait => Timeout.InfiniteTimeSpan;

    public ValueTask<(ISearchIndex Index, IIndexBacklog Backlog)> OpenAsync(CancellationToken cancellationToken)
    {
        PostingsIndex index = PostingsIndex.Open(file, variant);
        return ValueTask.FromResult<(ISearchIndex, IIndexBacklog)>((index, new PostingsBacklog(store, index)));
    }

    public ValueTask<bool> WritesAsync(CancellationToken cancellationToken) => ValueTask.FromResult(true);

    public ValueTask DiscardAsync(CancellationToken cancellationToken)
    {
        SideDatabase.PutAside(file);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
