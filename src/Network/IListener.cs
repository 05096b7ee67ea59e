using System.Net;

namespace UnifiedMsg.Network;

/// <summary>Accepts connections at some endpoints until it is stopped.</summary>
public interface IListener : IAsyncDisposable
{
    /// <summary>The endpoints listened on, with their actual ports; empty before <see cref="StartAsync"/>.</summary>
    IReadOnlyList<IPEndPoint> EndPoints { get; }

    /// <summary>Takes every endpoint, or none.</summary>
    /// <exception cref="ListenException">An endpoint can't be had.</exception>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Stops accepting, tells every handler by its token, waits for them at most <paramref name="drain"/>, then cuts what is left.</summary>
    Task StopAsync(TimeSpan drain);
}
