using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.RegularExpressions;
using UnifiedMsg.Interop.WebSockets;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>RFC 7118 §5: each SIP message is one message of the WebSocket, whole.</summary>
internal sealed partial class WebSocketTunnel(Installation installation, SipCarrier carrier) : Tunnel
{
    // More than any message of a scenario.
    private const int LargestMessage = 65_536;

    /// <inheritdoc/>
    protected override async Task CarryAsync(NetworkStream near, CancellationToken cancellationToken)
    {
        using var socket = await BrowserSocket.ConnectAsync(installation, carrier, cancellationToken);
        await await Task.WhenAny(CutAsync(near, socket, cancellationToken), PasteAsync(socket, near, cancellationToken));
    }

    private static async Task CutAsync(NetworkStream near, ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[LargestMessage];
        var filled = 0;
        for (int read; (read = await near.ReadAsync(buffer.AsMemory(filled), cancellationToken)) > 0;)
        {
            filled += read;
            for (int length; (length = LengthOfFirst(buffer.AsSpan(0, filled))) > 0; filled -= length)
            {
                await socket.SendAsync(buffer.AsMemory(0, length), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
                buffer.AsSpan(length, filled - length).CopyTo(buffer);
            }
        }
    }

    private static async Task PasteAsync(ClientWebSocket socket, NetworkStream near, CancellationToken cancellationToken)
    {
        var buffer = new byte[LargestMessage];
        while (await socket.ReceiveAsync(buffer, cancellationToken) is { MessageType: not WebSocketMessageType.Close } received)
            await near.WriteAsync(buffer.AsMemory(0, received.Count), cancellationToken);
    }

    // RFC 3261 §18.3: over a stream, Content-Length tells where a message ends. 0 while it is not whole.
    private static int LengthOfFirst(ReadOnlySpan<byte> octets)
    {
        var head = octets.IndexOf("\r\n\r\n"u8) + 4;
        if (head < 4)
            return 0;
        var length = head + int.Parse(ContentLength().Match(Encoding.UTF8.GetString(octets[..head])).Groups[1].Value);
        return length <= octets.Length ? length : 0;
    }

    [GeneratedRegex(@"\nContent-Length: *(\d+)")]
    private static partial Regex ContentLength();
}
