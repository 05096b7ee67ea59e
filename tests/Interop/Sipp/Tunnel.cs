using System.Net;
using System.Net.Sockets;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>
/// The sipp of Debian is built without TLS and knows no WebSockets. It speaks TCP with a tunnel, and the tunnel carries that on as whoever
/// speaks the transport in question.
/// </summary>
internal abstract class Tunnel : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closed = new();
    private Task _running = Task.CompletedTask;

    /// <summary>The TCP port of its near end. One client is served.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The tunnel to an installation for a transport that sipp has not; null for those that it has.</summary>
    public static Tunnel? To(Installation installation, SipCarrier carrier)
    {
        Tunnel? tunnel = carrier switch
        {
            SipCarrier.Tls => new OpensslTunnel(installation),
            SipCarrier.Ws or SipCarrier.Wss => new WebSocketTunnel(installation, carrier),
            _ => null,
        };
        tunnel?.Open();
        return tunnel;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        _listener.Dispose();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closed.Dispose();
    }

    /// <summary>Carries everything both ways until either side is done.</summary>
    protected abstract Task CarryAsync(NetworkStream near, CancellationToken cancellationToken);

    private void Open()
    {
        _listener.Start();
        _running = RunAsync(_closed.Token);
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var client = await _listener.AcceptTcpClientAsync(cancellationToken);
        client.NoDelay = true;
        await CarryAsync(client.GetStream(), cancellationToken);
    }
}
