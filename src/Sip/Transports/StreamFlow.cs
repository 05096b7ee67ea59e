using System.Buffers;
using System.Threading.Channels;
using UnifiedMsg.Network;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Transports;

/// <summary>One TCP connection, accepted or made. Sends are queued, so that a slow peer holds up nobody else.</summary>
internal sealed class StreamFlow(StreamConnection connection, SipAddress own, TransportLayer layer, TimeSpan idle, TimeProvider time)
    : SipFlow(SipTransportKind.Tcp, connection.RemoteEndPoint, own)
{
    /// <summary>Messages that wait for a slow peer; the next one fails, and its transaction with it.</summary>
    private const int MaxQueued = 1024;

    private readonly Channel<(byte[] Message, ISendObserver? Observer)> _outgoing =
        Channel.CreateBounded<(byte[], ISendObserver?)>(new BoundedChannelOptions(MaxQueued) { SingleReader = true });

    private readonly SipStreamFramer _framer = new();
    private volatile bool _closed;

    public override bool IsOpen => !_closed;

    public override void Send(byte[] message, ISendObserver? observer)
    {
        if (!layer.Leaves(message, this))
            return;
        if (!_outgoing.Writer.TryWrite((message, observer)))
            Fail(observer, _closed ? "the connection is closed" : "too many messages wait for this peer");
    }

    /// <summary>Serves the connection until it ends.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var sending = SendAllAsync();
        using var timer = time.CreateTimer(static c => ((StreamConnection)c!).Abort(), connection, idle, Timeout.InfiniteTimeSpan);
        try
        {
            await ReceiveAllAsync(timer, stopping);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or Microsoft.AspNetCore.Connections.ConnectionResetException)
        {
            // The peer is gone, or we stop: either way the connection ends, which its transactions are told as they send.
        }
        finally
        {
            _closed = true;
            _outgoing.Writer.TryComplete();
            await sending;
        }
    }

    private async Task ReceiveAllAsync(ITimer timer, CancellationToken stopping)
    {
        while (true)
        {
            var result = await connection.Input.ReadAsync(stopping);
            timer.Change(idle, Timeout.InfiniteTimeSpan);
            var buffer = result.Buffer;
            var usable = ReadFrames(ref buffer);
            connection.Input.AdvanceTo(buffer.Start, buffer.End);
            if (!usable || result.IsCompleted)
                return;
        }
    }

    /// <summary>False when the stream can't be read further.</summary>
    private bool ReadFrames(ref ReadOnlySequence<byte> buffer)
    {
        while (true)
        {
            switch (_framer.TryRead(ref buffer, out var message))
            {
                case SipFrame.Incomplete:
                    return true;
                case SipFrame.Ping:
                    Send("\r\n"u8.ToArray(), null);
                    break;
                case SipFrame.Message:
                    Receive(message);
                    if (layer.Guard.IsBlocked(Remote.Address))
                        return false;
                    break;
                default:
                    layer.ReceivedBroken(message.ToArray(), this);
                    return false;
            }
        }
    }

    private void Receive(ReadOnlySequence<byte> message)
    {
        if (message.IsSingleSegment)
        {
            layer.Received(message.FirstSpan, this);
            return;
        }
        var octets = ArrayPool<byte>.Shared.Rent((int)message.Length);
        message.CopyTo(octets);
        layer.Received(octets.AsSpan(0, (int)message.Length), this);
        ArrayPool<byte>.Shared.Return(octets);
    }

    private async Task SendAllAsync()
    {
        await foreach (var (message, observer) in _outgoing.Reader.ReadAllAsync())
        {
            var sent = false;
            try
            {
                await connection.Output.WriteAsync(message);
                sent = true;
            }
            catch (Exception e) when (e is IOException or InvalidOperationException or OperationCanceledException or Microsoft.AspNetCore.Connections.ConnectionResetException)
            {
                _closed = true;
            }
            if (!sent)
                observer?.SendFailed("the connection is closed");
        }
    }
}
