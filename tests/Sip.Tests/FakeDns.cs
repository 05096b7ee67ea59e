using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UnifiedMsg.Sip.Tests;

/// <summary>A name server on loopback that knows what the test tells it (RFC 1035 §4), and says of everything else that it does not exist.</summary>
internal sealed class FakeDns : IAsyncDisposable
{
    private const int A = 1, Aaaa = 28, Srv = 33, Naptr = 35;

    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly ConcurrentDictionary<(string Name, int Type), List<byte[]>> _records = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _serving;

    public FakeDns()
    {
        EndPoint = (IPEndPoint)_socket.Client.LocalEndPoint!;
        _serving = ServeAsync();
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>What was asked, as <c>TYPE name</c>.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public FakeDns Address(string name, string address)
    {
        var parsed = IPAddress.Parse(address);
        return Add(name, parsed.AddressFamily == AddressFamily.InterNetworkV6 ? Aaaa : A, parsed.GetAddressBytes());
    }

    public FakeDns Service(string name, int priority, int weight, int port, string target) =>
        Add(name, Srv, [.. Number(priority), .. Number(weight), .. Number(port), .. Name(target)]);

    public FakeDns Pointer(string name, int order, int preference, string service, string replacement, string flags = "s") =>
        Add(name, Naptr, [.. Number(order), .. Number(preference), .. Text(flags), .. Text(service), .. Text(""), .. Name(replacement)]);

    /// <summary>From now on nobody answers.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        _socket.Dispose();
        await _serving;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private FakeDns Add(string name, int type, byte[] data)
    {
        _records.GetOrAdd((name, type), _ => []).Add(data);
        return this;
    }

    private async Task ServeAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var query = await _socket.ReceiveAsync(_stopping.Token);
                await _socket.SendAsync(Answer(query.Buffer), query.RemoteEndPoint, _stopping.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // The end, or a client that did not wait.
            }
        }
    }

    private byte[] Answer(byte[] query)
    {
        var labels = new List<string>();
        var at = 12;
        for (; query[at] != 0; at += query[at] + 1)
            labels.Add(Encoding.ASCII.GetString(query, at + 1, query[at]));
        var type = BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(at + 1));
        var end = at + 5;
        var name = string.Join('.', labels).ToLowerInvariant();
        Asked.Enqueue($"{type switch { A => "A", Aaaa => "AAAA", Srv => "SRV", Naptr => "NAPTR", _ => type.ToString() }} {name}");
        var found = _records.GetValueOrDefault((name, type)) ?? [];
        var exists = _records.Keys.Any(key => key.Name == name);
        byte[] answer = [query[0], query[1], 0x85, (byte)(exists ? 0x80 : 0x83), 0, 1, .. Number(found.Count), 0, 0, 0, 0, .. query[12..end]];
        foreach (var data in found)
            answer = [.. answer, 0xC0, 12, .. Number(type), 0, 1, 0, 0, 0, 60, .. Number(data.Length), .. data];
        return answer;
    }

    private static byte[] Number(int value) => [(byte)(value >> 8), (byte)value];

    private static byte[] Text(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Name(string name) =>
        [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(Text), 0];
}
