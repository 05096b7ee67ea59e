using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Org.BouncyCastle.Tls;
using UnifiedMsg.Media.Dtls;
using UnifiedMsg.Media.Ice;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Srtp;
using UnifiedMsg.Media.Tests.Ice;

namespace UnifiedMsg.Media.Tests.Dtls;

/// <summary>What a browser does on the port of its audio: it checks the way, begins the handshake, and sends and hears SRTP.</summary>
internal sealed class BrowserPeer : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly IPEndPoint _server;
    private readonly DtlsDatagrams _datagrams;
    private readonly Task _receiving;
    private volatile SrtpSession? _session;

    public BrowserPeer(IPEndPoint server)
    {
        _server = server;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _datagrams = new DtlsDatagrams(_socket, server.Serialize());
        _receiving = ReceiveAsync();
    }

    /// <summary>Its certificate.</summary>
    public DtlsIdentity Identity { get; } = new(TimeProvider.System);

    /// <summary>Where it is.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Responses to its checks.</summary>
    public Channel<byte[]> Responses { get; } = Channel.CreateUnbounded<byte[]>();

    /// <summary>RTP packets that it could read.</summary>
    public Channel<byte[]> Packets { get; } = Channel.CreateUnbounded<byte[]>();

    /// <summary>Datagrams that are neither, or that it could not read.</summary>
    public Channel<byte[]> Others { get; } = Channel.CreateUnbounded<byte[]>();

    /// <summary>Checks the way and chooses it.</summary>
    public async Task<byte[]> CheckAsync(IceParameters ice, CancellationToken cancellationToken)
    {
        await _socket.SendToAsync(StunRequest.For(ice, nominate: true), _server, cancellationToken);
        return await Responses.Reader.ReadAsync(cancellationToken);
    }

    /// <summary>Sends one datagram.</summary>
    public Task<int> SendAsync(byte[] datagram) => _socket.SendToAsync(datagram, SocketFlags.None, _server);

    /// <summary>Shakes hands with who has to have a certificate.</summary>
    /// <exception cref="IOException">They failed.</exception>
    public Task<SrtpSuite> ConnectAsync(CertificateFingerprint server) => Task.Factory.StartNew(
        () =>
        {
            var client = new SrtpTlsClient(Identity, server);
            new DtlsClientProtocol().Connect(client, _datagrams);
            _session = new SrtpSession(client.Keys!);
            return client.Keys!.Suite;
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Sends packets of PCMU.</summary>
    public async Task SpeakAsync(byte[] payload)
    {
        var packet = new byte[172 + SrtpSession.MaxOverhead];
        for (ushort i = 0; i * 160 < payload.Length; i++)
        {
            RtpPacket.WriteHeader(packet, 0, i == 0, i, i * 160u, 0xB0B);
            payload.AsSpan(i * 160, 160).CopyTo(packet.AsSpan(12));
            var length = _session!.Protect(packet, 172);
            await _socket.SendToAsync(packet.AsMemory(0, length), SocketFlags.None, _server);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _datagrams.Close();
        _socket.Dispose();
        await _receiving;
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[2048];
        try
        {
            while (true)
            {
                var length = await _socket.ReceiveAsync(buffer);
                var datagram = buffer.AsMemory(0, length).ToArray();
                if (StunMessage.IsStun(datagram))
                    Responses.Writer.TryWrite(datagram);
                else if (DtlsAssociation.IsDtls(datagram))
                    _datagrams.Add(datagram);
                else if (_session is { } session && session.TryUnprotect(datagram, out length))
                    Packets.Writer.TryWrite(datagram[..length]);
                else
                    Others.Writer.TryWrite(datagram);
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Packets.Writer.TryComplete();
        }
    }
}
