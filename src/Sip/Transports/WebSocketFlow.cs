using System.Buffers;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Unicode;
using UnifiedMsg.Network;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Transports;

/// <summary>One WebSocket (RFC 7118): each of its messages, text or binary, is one SIP message or a keep-alive.</summary>
internal sealed class WebSocketFlow(SipTransportKind kind, WebSocketConnection connection, SipAddress own, FlowSettings settings)
    : ConnectionFlow(kind, connection.RemoteEndPoint, own, settings)
{
    /// <summary>The subprotocol (RFC 7118 §4).</summary>
    public const string SubProtocol = "sip";

    public override X509Certificate2? ClientCertificate => connection.PeerCertificate;

    protected override async Task ReceiveAllAsync(CancellationToken stopping)
    {
        while (true)
        {
            // Waits without a buffer, so that an idle connection holds none.
            var first = await connection.Socket.ReceiveAsync(Memory<byte>.Empty, stopping);
            if (first.MessageType == WebSocketMessageType.Close)
                break;
            // A frame has announced itself, and a buffer waits for it.
            Watchdog.Heard(unfinished: true, finished: true);
            if (!await ReceiveOneAsync(stopping))
                break;
        }
        if (connection.Socket.State is WebSocketState.CloseReceived)
            await connection.Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, stopping);
    }

    // RFC 7118 §5: text where that can be, since some clients take nothing else.
    protected override async Task WriteAsync(byte[] message) => await connection.Socket.SendAsync(message.AsMemory(),
        Utf8.IsValid(message) ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);

    protected override void Abort() => connection.Socket.Abort();

    /// <summary>False when the peer closes, or sends more than a message may hold.</summary>
    private async Task<bool> ReceiveOneAsync(CancellationToken stopping)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(SipLimits.MaxMessageOctets + 1);
        try
        {
            for (var length = 0; ;)
            {
                var part = await connection.Socket.ReceiveAsync(buffer.AsMemory(length, SipLimits.MaxMessageOctets + 1 - length), stopping);
                length += part.Count;
                if (part.MessageType == WebSocketMessageType.Close)
                    return false;
                Watchdog.Heard(unfinished: !part.EndOfMessage, finished: false);
                if (length > SipLimits.MaxMessageOctets)
                {
                    await connection.Socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, "longer than 64 KiB", stopping);
                    return false;
                }
                if (!part.EndOfMessage)
                    continue;
                Take(buffer.AsSpan(0, length));
                return !Layer.Guard.IsBlocked(Remote.Address);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Take(ReadOnlySpan<byte> message)
    {
        if (message.SequenceEqual("\r\n\r\n"u8))
            Pong();
        else
            Layer.Received(message, this);
    }
}
