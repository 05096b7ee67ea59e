using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Media.Tests.Session;

/// <summary>What every way of receiving datagrams holds.</summary>
[Collection(nameof(OnePortAtATime))]
public sealed class DatagramReceiverTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    public static TheoryData<DatagramReceiving> Ways => EpollReceiver.IsSupported
        ? new(DatagramReceiving.Epoll, DatagramReceiving.Sockets)
        : new(DatagramReceiving.Sockets);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Each_datagram_comes_whole_and_with_its_source(DatagramReceiving way)
    {
        await using var receiver = DatagramReceivers.Create(way, NullLogger.Instance);
        foreach (var (bound, target) in new[] { (IPAddress.Loopback, IPAddress.Loopback), (IPAddress.IPv6Loopback, IPAddress.IPv6Loopback), (IPAddress.IPv6Any, IPAddress.Loopback), (IPAddress.IPv6Any, IPAddress.IPv6Loopback) })
        {
            using var sender = Bound(target);
            var handler = new Recorder(sender);
            var (socket, port) = Open(bound);
            await using var registration = receiver.Start(socket, handler);
            for (byte i = 1; i <= 3; i++)
                sender.SendTo(new byte[i], new IPEndPoint(target, port));
            for (byte i = 1; i <= 3; i++)
            {
                var (length, source) = await handler.NextAsync();
                Assert.Equal((i, ((IPEndPoint)sender.LocalEndPoint!).Port), (length, source.Port));
                Assert.Equal(target, source.Address.IsIPv4MappedToIPv6 ? source.Address.MapToIPv4() : source.Address);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Many_sockets_get_what_is_theirs(DatagramReceiving way)
    {
        await using var receiver = DatagramReceivers.Create(way, NullLogger.Instance);
        using var sender = Bound(IPAddress.Loopback);
        var open = new List<(IAsyncDisposable Registration, Recorder Handler, int Port)>();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 100; i++)
            {
                var (socket, port) = Open(IPAddress.Loopback);
                var handler = new Recorder(sender);
                open.Add((receiver.Start(socket, handler), handler, port));
            }
            // Half of them go, and others come to their places.
            foreach (var gone in open.Where((_, i) => i % 2 == 0).ToList())
            {
                await gone.Registration.DisposeAsync();
                open.Remove(gone);
            }
        }
        for (var i = 0; i < open.Count; i++)
            sender.SendTo(new byte[i + 1], new IPEndPoint(IPAddress.Loopback, open[i].Port));
        for (var i = 0; i < open.Count; i++)
            Assert.Equal(i + 1, (await open[i].Handler.NextAsync()).Length);
        foreach (var each in open)
            await each.Registration.DisposeAsync();
        Assert.All(open, each => Assert.Equal(0, each.Handler.Waiting));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_waits_at_a_socket_comes_to_its_end_beside_what_others_get(DatagramReceiving way)
    {
        await using var receiver = DatagramReceivers.Create(way, NullLogger.Instance);
        using var sender = Bound(IPAddress.Loopback);
        using var release = new ManualResetEventSlim();
        var (gate, gatePort) = Open(IPAddress.Loopback);
        await using var held = receiver.Start(gate, new Handler((_, _) => release.Wait(Guard)));
        sender.SendTo([1], new IPEndPoint(IPAddress.Loopback, gatePort));
        var (busy, busyPort) = Open(IPAddress.Loopback);
        var (quiet, quietPort) = Open(IPAddress.Loopback);
        var (many, one) = (new Recorder(sender), new Recorder(sender));
        for (var i = 1; i <= 100; i++)
            sender.SendTo(new byte[i], new IPEndPoint(IPAddress.Loopback, busyPort));
        await using var first = receiver.Start(busy, many);
        await using var second = receiver.Start(quiet, one);
        sender.SendTo(new byte[1], new IPEndPoint(IPAddress.Loopback, quietPort));
        release.Set();
        for (var i = 1; i <= 100; i++)
            Assert.Equal(i, (await many.NextAsync()).Length);
        Assert.Equal(1, (await one.NextAsync()).Length);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Disposing_waits_for_the_handler_and_closes_the_socket(DatagramReceiving way)
    {
        await using var receiver = DatagramReceivers.Create(way, NullLogger.Instance);
        using var sender = Bound(IPAddress.Loopback);
        using var release = new ManualResetEventSlim();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = false;
        var (socket, port) = Open(IPAddress.Loopback);
        var registration = receiver.Start(socket, new Handler((_, _) =>
        {
            entered.TrySetResult();
            release.Wait(Guard);
            left = true;
        }));
        sender.SendTo(new byte[1], new IPEndPoint(IPAddress.Loopback, port));
        await entered.Task.WaitAsync(Guard);
        var disposing = Task.Run(async () => await registration.DisposeAsync());
        Assert.False(disposing.IsCompleted);
        release.Set();
        await disposing.WaitAsync(Guard);
        Assert.True(left);
        using var again = Bound(IPAddress.Loopback, port);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_handler_may_dispose_itself(DatagramReceiving way)
    {
        await using var receiver = DatagramReceivers.Create(way, NullLogger.Instance);
        using var sender = Bound(IPAddress.Loopback);
        var (socket, port) = Open(IPAddress.Loopback);
        var started = new TaskCompletionSource<IAsyncDisposable>(TaskCreationOptions.RunContinuationsAsynchronously);
        var disposed = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        started.SetResult(receiver.Start(socket, new Handler((_, _) => disposed.TrySetResult(started.Task.Result.DisposeAsync().AsTask()))));
        sender.SendTo(new byte[1], new IPEndPoint(IPAddress.Loopback, port));
        await (await disposed.Task.WaitAsync(Guard)).WaitAsync(Guard);
        using var again = Bound(IPAddress.Loopback, port);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_handler_that_throws_is_called_no_more_and_others_go_on(DatagramReceiving way)
    {
        await using var receiver = DatagramReceivers.Create(way, NullLogger.Instance);
        using var sender = Bound(IPAddress.Loopback);
        var (bad, badPort) = Open(IPAddress.Loopback);
        var (good, goodPort) = Open(IPAddress.Loopback);
        var calls = 0;
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = new Recorder(sender);
        await using var one = receiver.Start(bad, new Handler((_, _) =>
        {
            calls++;
            failed.TrySetResult();
            throw new InvalidOperationException("a fault of one call");
        }));
        await using var two = receiver.Start(good, handler);
        sender.SendTo(new byte[1], new IPEndPoint(IPAddress.Loopback, badPort));
        await failed.Task.WaitAsync(Guard);
        for (var i = 0; i < 20; i++)
        {
            sender.SendTo(new byte[1], new IPEndPoint(IPAddress.Loopback, badPort));
            sender.SendTo(new byte[2], new IPEndPoint(IPAddress.Loopback, goodPort));
            Assert.Equal(2, (await handler.NextAsync()).Length);
        }
        Assert.Equal(1, calls);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Datagrams_that_are_too_long_are_dropped_however_many(DatagramReceiving way)
    {
        await using var receiver = DatagramReceivers.Create(way, NullLogger.Instance);
        using var sender = Bound(IPAddress.Loopback);
        var (socket, port) = Open(IPAddress.Loopback);
        var handler = new Recorder(sender);
        await using var registration = receiver.Start(socket, handler);
        for (var i = 0; i < 3 * DatagramReceivers.MaxFailuresInARow; i++)
        {
            sender.SendTo(new byte[IDatagramReceiver.MaxLength + 1 + i], new IPEndPoint(IPAddress.Loopback, port));
            // Now and then one that fits tells that those before it were read.
            if (i % 10 != 0)
                continue;
            sender.SendTo(new byte[IDatagramReceiver.MaxLength], new IPEndPoint(IPAddress.Loopback, port));
            Assert.Equal(IDatagramReceiver.MaxLength, (await handler.NextAsync()).Length);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_socket_that_somebody_else_closed_disturbs_nobody(DatagramReceiving way)
    {
        await using var receiver = DatagramReceivers.Create(way, NullLogger.Instance);
        using var sender = Bound(IPAddress.Loopback);
        var (closed, _) = Open(IPAddress.Loopback);
        var (socket, port) = Open(IPAddress.Loopback);
        var handler = new Recorder(sender);
        var early = receiver.Start(closed, handler);
        await using var registration = receiver.Start(socket, handler);
        closed.Dispose();
        await early.DisposeAsync();
        sender.SendTo(new byte[3], new IPEndPoint(IPAddress.Loopback, port));
        Assert.Equal(3, (await handler.NextAsync()).Length);
    }

    [Fact]
    public async Task The_best_way_of_the_system_is_chosen_unless_the_portable_one_is_asked_for()
    {
        await using var best = DatagramReceivers.Create(DatagramReceiving.Auto, NullLogger.Instance);
        await using var portable = DatagramReceivers.Create(DatagramReceiving.Sockets, NullLogger.Instance);
        Assert.Equal(EpollReceiver.IsSupported, best is EpollReceiver);
        Assert.IsType<SocketReceiver>(portable);
    }

    [Fact]
    public async Task The_thread_of_epoll_allocates_nothing_for_a_datagram()
    {
        if (!EpollReceiver.IsSupported)
            return;
        await using var receiver = DatagramReceivers.Create(DatagramReceiving.Epoll, NullLogger.Instance);
        using var sender = Bound(IPAddress.Loopback);
        var (socket, port) = Open(IPAddress.Loopback);
        // A collection that another thread starts counts the rest of a thread's buffer as allocated, so one round of several tells.
        const int round = 200, last = 8 * round;
        var calls = 0;
        var (atStart, least) = (0L, long.MaxValue);
        var allocated = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = receiver.Start(socket, new Handler((_, _) =>
        {
            var now = GC.GetAllocatedBytesForCurrentThread();
            calls++;
            if (calls % round != 0)
                return;
            least = Math.Min(least, now - atStart);
            atStart = now;
            if (calls == last)
                allocated.TrySetResult(least);
        }));
        var target = new IPEndPoint(IPAddress.Loopback, port).Serialize();
        for (var i = 0; i < last; i++)
        {
            sender.SendTo(new byte[172], SocketFlags.None, target);
            while (Volatile.Read(ref calls) <= i - 100)
                await Task.Yield();
        }
        Assert.Equal(0, await allocated.Task.WaitAsync(Guard));
    }

    private static (Socket Socket, int Port) Open(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        if (address.Equals(IPAddress.IPv6Any))
            socket.DualMode = true;
        socket.Bind(new IPEndPoint(address, 0));
        return (socket, ((IPEndPoint)socket.LocalEndPoint!).Port);
    }

    private static Socket Bound(IPAddress address, int port = 0)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, port));
        return socket;
    }

    private sealed class Handler(Handler.Body body) : IDatagramHandler
    {
        public delegate void Body(ReadOnlySpan<byte> datagram, SocketAddress source);

        public void Received(ReadOnlySpan<byte> datagram, SocketAddress source) => body(datagram, source);
    }

    // What others send is of another test, whose port the system gave to this one.
    private sealed class Recorder(Socket sender) : IDatagramHandler
    {
        private readonly int _sender = ((IPEndPoint)sender.LocalEndPoint!).Port;

        private readonly System.Threading.Channels.Channel<(int, IPEndPoint)> _received =
            System.Threading.Channels.Channel.CreateUnbounded<(int, IPEndPoint)>();

        public int Waiting => _received.Reader.Count;

        public void Received(ReadOnlySpan<byte> datagram, SocketAddress source)
        {
            var from = (IPEndPoint)new IPEndPoint(source.Family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0).Create(source);
            if (from.Port == _sender)
                _received.Writer.TryWrite((datagram.Length, from));
        }

        public async Task<(int Length, IPEndPoint Source)> NextAsync() => await _received.Reader.ReadAsync().AsTask().WaitAsync(Guard);
    }
}
