using Microsoft.AspNetCore.Http;
using UnifiedMsg.Database;
using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Server.Hosting;

/// <summary>What <c>/healthz</c> and <c>/readyz</c> say. The first: the process is alive. The second: it can do its work, so that
/// calls and connections may be sent to it.</summary>
/// <param name="database">The store, which has to be writable.</param>
/// <param name="search">How the search index stands. It is told and no more: without it searches are slow, not wrong.</param>
internal sealed class Health(IDatabase database, Func<SearchStatus> search)
{
    // A disk that takes longer than this for one commit is as good as gone.
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(5);

    private volatile bool _serving;

    /// <summary>Whether all listeners are up and no stop was asked for.</summary>
    public bool Serving
    {
        set => _serving = value;
    }

    /// <summary>Always 200.</summary>
    public static Task AliveAsync(HttpContext context) => context.Response.WriteAsync("ok\n", context.RequestAborted);

    /// <summary>200, or 503 with the reason.</summary>
    public async Task ReadyAsync(HttpContext context)
    {
        var reason = _serving ? await FindReasonAsync(context.RequestAborted) : "starting or stopping";
        context.Response.StatusCode = reason is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await context.Response.WriteAsync($"{reason ?? "ok"}\n{DescribeSearch(search())}", context.RequestAborted);
    }

    private static string DescribeSearch(SearchStatus search) => search switch
    {
        { State: SearchState.Failed } => "the search index can't be used; searches read every message\n",
        { State: SearchState.Building, Behind: > 0 } => $"the search index is being made, {search.Behind} messages are not in it yet\n",
        _ => "",
    };

    private async Task<string?> FindReasonAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A unit goes the whole way of a delivery: queue, writer, commit. That it changes nothing spares the disk.
            await database.WriteAsync(static session => session.QueryLongAsync("SELECT 1"), cancellationToken)
                .WaitAsync(WriteTimeout, cancellationToken);
            return null;
        }
        catch (Exception exception) when (exception is DatabaseException or TimeoutException or ObjectDisposedException)
        {
            return $"the store can't be written to: {exception.Message}";
        }
    }
}
