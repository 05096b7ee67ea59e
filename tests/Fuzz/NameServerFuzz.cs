using System.Net;
using System.Net.Sockets;
using System.Text;
using UnifiedMsg.Sip.Resolution;

namespace UnifiedMsg.Fuzz;

/// <summary>A name server that answers with hostile octets (RFC 1035 §4.1): whatever it says, nobody is to be called rather than to fail.</summary>
public sealed class NameServerFuzz : IDisposable
{
    private static readonly byte[] Question = [1, (byte)'n', 7, .. "example"u8, 4, .. "test"u8, 0];

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Thread _serving;
    private readonly SipDns _dns;
    private volatile byte[] _answer = [];
    private int _asked;

    public NameServerFuzz()
    {
        _server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _dns = new SipDns([(IPEndPoint)_server.LocalEndPoint!]);
        _serving = new Thread(Serve) { IsBackground = true };
        _serving.Start();
    }

    // Behind the number of the query: flags, counts, the question, a record that is asked for and one that is not.
    private static byte[][] Answers =>
    [
        [0, .. Answer(35, [0, 10, 0, 20, 1, (byte)'s', 7, .. "SIP+D2T"u8, 0, 4, .. "_sip"u8, 4, .. "_tcp"u8, 0xC0, 14])],
        [1, .. Answer(33, [0, 1, 0, 10, 19, 196, 1, (byte)'h', 0xC0, 14])],
        [1, .. Answer(33, [0, 1, 255, 255, 0, 0, 0])],
        [2, .. Answer(1, [192, 0, 2, 1])],
        [3, .. Answer(28, [0x20, 1, 0xD, 0xB8, .. new byte[12]])],
        [1, .. Answer(5, [0xC0, 12])],
        [2, 0x83, 0x80, 255, 255, 255, 255, 255, 255, 255, 255, 0xC0, 12],
        [1, .. Answer(33, [0, 1, 0, 10, 19, 196, 63, .. Encoding.Latin1.GetBytes(new string('\u00ff', 63)), 3, 0, (byte)'.', (byte)'\\', 0])],
    ];

    public void Dispose()
    {
        _server.Dispose();
        _serving.Join();
    }

    [Fact]
    public void MutatedAnswers() => Mutations.Run(Ask, Answers, 200);

    // A target is not asynchronous; nothing else waits on this thread.
    private void Ask(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
            return;
        _answer = input[1..].ToArray();
        // Each time another name, since answers are kept.
        var name = $"n{++_asked}.example.test";
        switch (input[0] % 4)
        {
            case 0:
                _dns.NaptrAsync(name, default).GetAwaiter().GetResult();
                break;
            case 1:
                var records = _dns.SrvAsync(name, default).GetAwaiter().GetResult();
                ServiceOrder.Sort(records ?? [], Random.Shared);
                break;
            default:
                _dns.AddressesAsync(name, [input[0] % 4 == 2 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6], default).GetAwaiter().GetResult();
                break;
        }
    }

    private void Serve()
    {
        var query = new byte[512];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        while (true)
        {
            try
            {
                _server.ReceiveFrom(query, ref from);
                _server.SendTo([query[0], query[1], .. _answer], from);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.MessageSize or SocketError.ConnectionReset)
            {
                // An answer too long, or a client that did not wait.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private static byte[] Answer(byte type, byte[] data) =>
    [
        0x85, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, .. Question, 0, type, 0, 1,
        0xC0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, (byte)data.Length, .. data,
        0xC0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, 3, 2, (byte)'t', (byte)'x',
    ];
}
