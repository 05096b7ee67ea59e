using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using UnifiedMsg.Network;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Transports;

/// <summary>One TCP connection, plain or TLS: messages are cut out of the stream by Content-Length.</summary>
internal sealed class StreamFlow(SipTransportKind kind, StreamConnection connection, SipAddress own, FlowSettings settings)
    : ConnectionFlow(kind, connection.RemoteEndPoint, own, settings)
{
    private readonly SipStreamFramer _framer = new();

    public override X509Certificate2? ClientCertificate { get; } = settings.IsOurs ? null : connection.PeerCertificate;

    public override bool OffersAlias { get; } = settings.IsOurs && kind.IsSecure && settings.Options.Tls.Certificate is not null;

    protected override async Task ReceiveAllAsync(CancellationToken stopping)
    {
        while (true)
        {
            var result = await connection.Input.ReadAsync(stopping);
            var buffer = result.Buffer;
            var usable = ReadFrames(ref buffer);
            connection.Input.AdvanceTo(buffer.Start, buffer.End);
            if (!usable || result.IsCompleted)
                return;
        }
    }

    protected override async Task WriteAsync(byte[] message)
    {
        connection.Output.Write(message);
        if (!await connection.FlushAsync())
            throw new IOException("the peer has closed the connection");
    }

    protected override void Abort() => connection.Abort();

    /// <summary>False when the stream can't be read further.</summary>
    private bool ReadFrames(ref ReadOnlySequence<byte> buffer)
    {
        var finished = false;
        _framer.ExpectsPong = Watchdog.ExpectsPong;
        while (true)
        {
            var frame = _framer.TryRead(ref buffer, out var message);
            switch (frame)
            {
                case SipFrame.Incomplete:
                    Watchdog.Heard(unfinished: !buffer.IsEmpty, finished);
                    return true;
                case SipFrame.Ping:
                    Pong();
                    break;
                case SipFrame.Pong:
                    Watchdog.HeardPong();
                    break;
                case SipFrame.Message:
                    Receive(message);
                    if (Layer.Guard.IsBlocked(Remote.Address))
                        return false;
                    break;
                default:
                    Layer.ReceivedBroken(message.ToArray(), this);
                    return false;
            }
            finished = true;
        }
    }

    private void Receive(ReadOnlySequence<byte> message)
    {
        if (message.IsSingleSegment)
        {
            Layer.Received(message.FirstSpan, this);
            return;
        }
        var octets = ArrayPool<byte>.Shared.Rent((int)message.Length);
        message.CopyTo(octets);
        Layer.Received(octets.AsSpan(0, (int)message.Length), this);
        ArrayPool<byte>.Shared.Return(octets);
    }
}
