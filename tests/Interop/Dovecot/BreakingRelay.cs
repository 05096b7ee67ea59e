using System.Net;
using System.Net.Sockets;

namespace UnifiedMsg.Interop.Dovecot;

/// <summary>A line to a server that breaks each time so many octets have come from there, or stands still.</summary>
/// <param name="server">The port of the server on loopback.</param>
/// <param name="every">After how many octets.</param>
/// <param name="cuts">How often it is cut; 0 for a line that stands still instead.</param>
internal sealed class BreakingRelay(int server, long every, int cuts) : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _lock = new();
    private readonly List<Task> _carrying = [];
    private CancellationTokenSource _line = new();
    private Task _running = Task.CompletedTask;
    private long _octets;
    private int _cuts;

    /// <summary>Its near end.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often it was cut.</summary>
    public int Cuts => _cuts;

    /// <summary>Opens it.</summary>
    public void Open()
    {
        _listener.Start();
        _running = AcceptAsync();
    }

    /// <summary>It never breaks or stands still again.</summary>
    public void Mend()
    {
        lock (_lock)
            every = long.MaxValue;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        _listener.Dispose();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task[] all;
        lock (_lock)
            all = [.. _carrying];
        await Task.WhenAll(all).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _line.Dispose();
        _closed.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var near = await _listener.AcceptTcpClientAsync(_closed.Token);
            lock (_lock)
                _carrying.Add(CarryAsync(near, _line.Token));
        }
    }

    private async Task CarryAsync(TcpClient near, CancellationToken cut)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cut, _closed.Token);
        using var far = new TcpClient();
        using (near)
        {
            await far.ConnectAsync(IPAddress.Loopback, server, ended.Token);
            var there = near.GetStream().CopyToAsync(far.GetStream(), ended.Token);
            var back = BackAsync(far.GetStream(), near.GetStream(), ended.Token);
            await Task.WhenAny(there, back);
            await ended.CancelAsync();
            await Task.WhenAll(there, back).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task BackAsync(NetworkStream from, NetworkStream to, CancellationToken ended)
    {
        var buffer = new byte[16 * 1024];
        for (int read; (read = await from.ReadAsync(buffer, ended)) > 0;)
        {
            if (IsEnough(read))
            {
                if (cuts == 0)
                    await Task.Delay(Timeout.Infinite, ended);
                return;
            }
            await to.WriteAsync(buffer.AsMemory(0, read), ended);
        }
    }

    private bool IsEnough(int read)
    {
        CancellationTokenSource? cut = null;
        lock (_lock)
        {
            _octets += read;
            if (_octets < every || (cuts > 0 && _cuts == cuts))
                return false;
            if (cuts > 0)
            {
                (_octets, _cuts) = (0, _cuts + 1);
                (cut, _line) = (_line, new CancellationTokenSource());
            }
        }
        // All that go over the line at the time.
        cut?.Cancel();
        cut?.Dispose();
        return true;
    }
}
