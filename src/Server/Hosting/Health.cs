using Microsoft.AspNetCore.Http;
using UnifiedMsg.Database;

namespace UnifiedMsg.Server.Hosting;

/// <summary>What <c>/healthz</c> and <c>/readyz</c> say. The first: the process is alive. The second: it can do its work, so that
/// calls and connections may be sent to it.</summary>
/// <param name="database">The store, which has to be writable.</param>
internal sealed class Health(IDatabase database)
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
        await context.Response.WriteAsync($"{reason ?? "ok"}\n", context.RequestAborted);
    }

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
