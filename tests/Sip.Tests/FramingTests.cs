using System.Buffers;
using System.Net.Sockets;
using System.Text;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

public class FramingTests
{
    private static readonly byte[] Stream = Encoding.UTF8.GetBytes(
        "\r\n\r\n" + Text("OPTIONS", "") + "\r\n\r\n" + Text("MESSAGE", "hello\r\n\r\nyou") + Text("INFO", "x").Replace("Content-Length", "l "));

    [Fact]
    public void Messages_and_pings_are_found_in_pieces_of_any_size()
    {
        for (var size = 1; size <= Stream.Length; size++)
            AssertFound(Stream.Chunk(size));
    }

    [Fact]
    public void And_under_every_split_in_three()
    {
        for (var first = 0; first <= Stream.Length; first++)
        {
            for (var second = first; second <= Stream.Length; second += 13)
                AssertFound([Stream[..first], Stream[first..second], Stream[second..]]);
        }
    }

    // A pipe hands out what came in segments, wherever they end.
    [Fact]
    public void And_in_segments_of_memory()
    {
        for (var size = 1; size <= 64; size++)
        {
            var buffer = Segments(Stream.Chunk(size));
            Assert.Equal(Expected, Take(new SipStreamFramer(), ref buffer));
            Assert.True(buffer.IsEmpty);
        }
    }

    [Fact]
    public void The_answer_to_a_ping_is_one_line_break_and_only_once()
    {
        var framer = new SipStreamFramer { ExpectsPong = true };
        var buffer = new ReadOnlySequence<byte>("\r\n\r\n\r\n"u8.ToArray());
        Assert.Equal(["Pong", "Ping"], Take(framer, ref buffer));
    }

    [Theory]
    [InlineData("OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\n\r\n")]
    [InlineData("OPTIONS sip:a@b SIP/2.0\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 1\r\nl: 1\r\n\r\n")]
    [InlineData("OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 99999999\r\n\r\n")]
    public void A_message_whose_end_cannot_be_told_breaks_the_stream(string text)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text));
        Assert.Equal(SipFrame.Broken, new SipStreamFramer().TryRead(ref buffer, out _));
        Assert.True(buffer.IsEmpty);
    }

    [Fact]
    public void A_head_that_never_ends_breaks_the_stream()
    {
        var buffer = new ReadOnlySequence<byte>(new byte[SipLimits.MaxHeaderOctets + 1]);
        Assert.Equal(SipFrame.Broken, new SipStreamFramer().TryRead(ref buffer, out _));
    }

    [Fact]
    public async Task Over_TCP_a_ping_is_answered_and_a_trickled_request_too()
    {
        await using var peers = await Peers.StartAsync(SipTransportKind.Tcp);
        using var client = new TcpClient();
        await client.ConnectAsync(peers.ServerEndPoint);
        client.NoDelay = true;
        var stream = client.GetStream();
        await stream.WriteAsync("\r\n\r\n"u8.ToArray());
        var pong = new byte[2];
        await stream.ReadExactlyAsync(pong).AsTask().Soon();
        Assert.Equal("\r\n"u8.ToArray(), pong);

        foreach (var octet in Encoding.UTF8.GetBytes(Text("OPTIONS", "")))
            await stream.WriteAsync(new[] { octet });
        Assert.StartsWith("SIP/2.0 200 OK", await ReadHeadAsync(stream));

        await stream.WriteAsync(Encoding.UTF8.GetBytes(Text("OPTIONS", "").Replace("Content-Length: 0", "Content-Length: -7")));
        Assert.StartsWith("SIP/2.0 400 Bad Request", await ReadHeadAsync(stream));
        Assert.Equal(0, await stream.ReadAsync(new byte[1]).AsTask().Soon());
    }

    private static readonly string[] Expected = ["Ping", "OPTIONS", "Ping", "MESSAGE", "INFO"];

    private static void AssertFound(IEnumerable<byte[]> pieces)
    {
        var framer = new SipStreamFramer();
        byte[] pending = [];
        var found = new List<string>();
        foreach (var piece in pieces)
        {
            var buffer = new ReadOnlySequence<byte>([.. pending, .. piece]);
            found.AddRange(Take(framer, ref buffer));
            pending = buffer.ToArray();
        }
        Assert.Equal(Expected, found);
        Assert.Empty(pending);
    }

    private static List<string> Take(SipStreamFramer framer, ref ReadOnlySequence<byte> buffer)
    {
        var found = new List<string>();
        SipFrame frame;
        while ((frame = framer.TryRead(ref buffer, out var message)) != SipFrame.Incomplete)
            found.Add(frame == SipFrame.Message ? Assert.IsType<SipRequest>(SipParser.Parse(message.ToArray()).Message).Method : frame.ToString());
        return found;
    }

    private static ReadOnlySequence<byte> Segments(IEnumerable<byte[]> pieces)
    {
        Segment? first = null, last = null;
        foreach (var piece in pieces)
            last = last is null ? first = new Segment(piece, 0) : last.Append(piece);
        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] octets, long index) => (Memory, RunningIndex) = (octets, index);

        public Segment Append(byte[] octets)
        {
            var next = new Segment(octets, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }

    private static string Text(string method, string body) =>
        $"{method} sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK{method}\r\nMax-Forwards: 70\r\nFrom: <sip:a@b.test>;tag=1\r\n"
        + $"To: <sip:bob@127.0.0.1>\r\nCall-ID: framing\r\nCSeq: 1 {method}\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    private static async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one).AsTask().Soon();
            text.Append((char)one[0]);
        }
        return text.ToString();
    }
}
