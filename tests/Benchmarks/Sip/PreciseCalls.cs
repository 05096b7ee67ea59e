using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UnifiedMsg.Benchmarks.Sip;

/// <summary>
/// Whole calls (INVITE, 200, ACK, BYE, 200) at a steady rate, timed to the microsecond: sipp's clock goes in steps of 4 ms, within which
/// both sides answer. It sends nothing again, so that one lost datagram is one failed call.
/// </summary>
internal sealed class PreciseCalls : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4 << 20 };
    private readonly ConcurrentBag<double> _times = [];
    private readonly long[] _begun;
    private readonly string _us;
    private readonly string _them;
    private int _ended;

    private PreciseCalls(int port, int calls)
    {
        _begun = new long[calls];
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.Connect(IPAddress.Loopback, port);
        (_us, _them) = ($"127.0.0.1:{((IPEndPoint)_socket.LocalEndPoint!).Port}", $"127.0.0.1:{port}");
    }

    /// <param name="port">Whom it calls, on loopback.</param>
    /// <param name="rate">Calls per second.</param>
    /// <param name="time">For how long.</param>
    public static LoadResult Run(int port, int rate, TimeSpan time)
    {
        using var calls = new PreciseCalls(port, (int)(rate * time.TotalSeconds));
        var receiving = new Thread(calls.Receive) { IsBackground = true };
        receiving.Start();
        return calls.Make(rate);
    }

    public void Dispose() => _socket.Dispose();

    private LoadResult Make(int rate)
    {
        var started = Stopwatch.GetTimestamp();
        for (var call = 0; call < _begun.Length;)
        {
            var due = Math.Min(_begun.Length, (int)(Stopwatch.GetElapsedTime(started).TotalSeconds * rate) + 1);
            for (; call < due; call++)
            {
                var invite = Encoding.ASCII.GetBytes(Request("INVITE", call, 1, "", BareAnswerer.Answer));
                _begun[call] = Stopwatch.GetTimestamp();
                _socket.Send(invite);
            }
            Thread.Sleep(1);
        }
        var elapsed = Stopwatch.GetElapsedTime(started);
        var last = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _ended) < _begun.Length && Stopwatch.GetElapsedTime(last) < Grace)
            Thread.Sleep(10);
        return new LoadResult(_begun.Length, _begun.Length - Volatile.Read(ref _ended), 0, _begun.Length / elapsed.TotalSeconds, new Percentiles(_times));
    }

    private void Receive()
    {
        var buffer = new byte[65_536];
        while (true)
        {
            int length;
            try
            {
                length = _socket.Receive(buffer);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            Take(buffer.AsSpan(0, length), Stopwatch.GetTimestamp());
        }
    }

    private void Take(ReadOnlySpan<byte> response, long now)
    {
        if (!response.StartsWith("SIP/2.0 200"u8) || !Utf8Parser.TryParse(After(response, "Call-ID: "u8), out int call, out _))
            return;
        if (After(response, "CSeq: "u8).EndsWith("BYE"u8))
        {
            Interlocked.Increment(ref _ended);
            return;
        }
        _times.Add(Stopwatch.GetElapsedTime(_begun[call], now).TotalMilliseconds);
        var to = After(response, "To: "u8);
        var tag = Encoding.ASCII.GetString(to[to.IndexOf(";tag="u8)..]);
        _socket.Send(Encoding.ASCII.GetBytes(Request("ACK", call, 1, tag, "")));
        _socket.Send(Encoding.ASCII.GetBytes(Request("BYE", call, 2, tag, "")));
    }

    private static ReadOnlySpan<byte> After(ReadOnlySpan<byte> message, ReadOnlySpan<byte> name)
    {
        var value = message[(message.IndexOf(name) + name.Length)..];
        return value[..value.IndexOf("\r\n"u8)];
    }

    private string Request(string method, int call, int cseq, string tag, string body) =>
        $"{method} sip:1001@{_them} SIP/2.0\r\nVia: SIP/2.0/UDP {_us};branch=z9hG4bK{call}-{method}\r\nMax-Forwards: 70\r\nFrom: <sip:2000@{_us}>;tag={call}\r\n"
        + $"To: <sip:1001@{_them}>{tag}\r\nCall-ID: {call}@{_us}\r\nCSeq: {cseq} {method}\r\nContact: <sip:2000@{_us}>\r\n"
        + $"{(body.Length > 0 ? "Content-Type: application/sdp\r\n" : "")}Content-Length: {body.Length}\r\n\r\n{body}";
}
