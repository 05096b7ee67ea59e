using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace UnifiedMsg.TestEngines;

/// <summary>Where a connection is cut.</summary>
public enum CommitCut
{
    /// <summary>Before the commit comes to the server.</summary>
    Request,

    /// <summary>When the server has been told to commit.</summary>
    Underway,

    /// <summary>When the server has committed, before it can say so.</summary>
    Answer,
}

/// <summary>
/// Stands between a program and its PostgreSQL, passes on what they say, and cuts the connection of a transaction exactly around its commit.
/// It understands as much of the protocol as that takes.
/// </summary>
public sealed class CommitCutter : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly DirectoryInfo _folder = System.IO.Directory.CreateTempSubdirectory("unifiedmsg-cut-");
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly List<Task> _links = [];
    private readonly EndPoint _server;
    private readonly Task _accepting;
    private Order? _order;
    private TaskCompletionSource _open = new();
    private int _connections;

    /// <summary>Stands before a server.</summary>
    public CommitCutter(string connection)
    {
        var where = new NpgsqlConnectionStringBuilder(connection);
        _server = Path.IsPathRooted(where.Host)
            ? new UnixDomainSocketEndPoint(Path.Combine(where.Host, $".s.PGSQL.{where.Port}"))
            : new DnsEndPoint(where.Host!, where.Port);
        // What is encrypted could not be cut at a chosen place.
        Connection = new NpgsqlConnectionStringBuilder(connection) { Host = _folder.FullName, Port = 5432, SslMode = SslMode.Disable }.ConnectionString;
        _open.SetResult();
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder.FullName, ".s.PGSQL.5432")));
        _listener.Listen();
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>How the server is reached through here.</summary>
    public string Connection { get; }

    /// <summary>How many connections were let through.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Cuts the next transaction that has a statement with these words in it.</summary>
    /// <param name="where">Where.</param>
    /// <param name="words">Of the statement, as it is written.</param>
    /// <param name="shut">Whether new connections wait from then on, until <see cref="Open"/>.</param>
    /// <returns>Completes when it was cut.</returns>
    public Task CutAsync(CommitCut where, string words, bool shut = false)
    {
        var order = new Order(where, words, shut);
        lock (_lock)
            _order = order;
        return order.Done.Task;
    }

    /// <summary>New connections are let through again.</summary>
    public void Open() => _open.TrySetResult();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        Open();
        await _accepting;
        await Task.WhenAll(_links);
        _end.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync(_end.Token);
                _links.Add(LinkAsync(client));
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task LinkAsync(Socket client)
    {
        using Socket own = client;
        await _open.Task;
        using var server = _server is DnsEndPoint
            ? new Socket(SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        try
        {
            await server.ConnectAsync(_server, cut.Token);
            Interlocked.Increment(ref _connections);
            var link = new Link(this);
            Task up = link.SendAsync(new NetworkStream(client), new NetworkStream(server), cut.Token);
            Task down = link.AnswerAsync(new NetworkStream(server), new NetworkStream(client), cut.Token);
            await await Task.WhenAny(up, down);
        }
        catch (Exception fault) when (fault is SocketException or IOException or OperationCanceledException)
        {
            // Whoever is at the other end sees that this one is gone.
        }
        finally
        {
            await cut.CancelAsync();
        }
    }

    private Order? Take(string statement)
    {
        lock (_lock)
        {
            if (_order is null || !statement.Contains(_order.Words, StringComparison.Ordinal))
                return null;
            Order order = _order;
            _order = null;
            if (order.Shuts)
                _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return order;
        }
    }

    private sealed record Order(CommitCut Where, string Words, bool Shuts)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>One connection.</summary>
    private sealed class Link(CommitCutter owner)
    {
        private const int Untyped = 4;
        private const int Version3 = 3 << 16;
        private const byte Sync = (byte)'S';
        private static readonly byte[] Committed = [(byte)'C', 0, 0, 0, 11, .. "COMMIT\0"u8];

        private readonly Dictionary<string, string> _statements = [];
        private volatile Order? _order;
        private volatile bool _swallows;

        // https://www.postgresql.org/docs/15/protocol-message-formats.html: a kind, a length that counts itself, and so many octets.
        public async Task SendAsync(Stream client, Stream server, CancellationToken stop)
        {
            byte[] opening;
            do
            {
                opening = await ReadAsync(client, isTyped: false, stop);
                await server.WriteAsync(opening, stop);
            }
            while (BitConverter.ToInt32([.. opening[4..8].Reverse()]) != Version3);
            bool commits = false;
            while (true)
            {
                byte[] message = await ReadAsync(client, isTyped: true, stop);
                commits |= IsCommit(message) && _order is not null;
                if (commits && _order!.Where == CommitCut.Request)
                    break;
                _swallows = commits;
                await server.WriteAsync(message, stop);
                if (commits && _order!.Where == CommitCut.Underway && message[0] == Sync)
                    break;
            }
            _order!.Done.SetResult();
        }

        public async Task AnswerAsync(Stream server, Stream client, CancellationToken stop)
        {
            // An answer to what came before in the same turn is not let through either.
            byte[] buffer = new byte[65536];
            var swallowed = new MemoryStream();
            while (await server.ReadAsync(buffer, stop) is > 0 and var count)
            {
                if (!_swallows)
                {
                    await client.WriteAsync(buffer.AsMemory(0, count), stop);
                    continue;
                }
                swallowed.Write(buffer, 0, count);
                if (_order!.Where != CommitCut.Answer || swallowed.ToArray().AsSpan().IndexOf(Committed) < 0)
                    continue;
                _order.Done.SetResult();
                return;
            }
        }

        private bool IsCommit(byte[] message)
        {
            ReadOnlySpan<byte> body = message.AsSpan(5);
            if (message[0] == 'P')
            {
                string name = Text(ref body);
                _statements[name] = Text(ref body);
            }
            if (message[0] != 'B')
                return false;
            Text(ref body);
            string statement = _statements[Text(ref body)];
            _order ??= owner.Take(statement);
            return statement == "COMMIT";
        }

        private static string Text(ref ReadOnlySpan<byte> body)
        {
            int end = body.IndexOf((byte)0);
            string text = Encoding.UTF8.GetString(body[..end]);
            body = body[(end + 1)..];
            return text;
        }

        private static async Task<byte[]> ReadAsync(Stream client, bool isTyped, CancellationToken stop)
        {
            int head = isTyped ? Untyped + 1 : Untyped;
            byte[] message = new byte[head];
            await client.ReadExactlyAsync(message, stop);
            int length = BitConverter.ToInt32([.. message[^4..].Reverse()]);
            Array.Resize(ref message, head - 4 + length);
            await client.ReadExactlyAsync(message.AsMemory(head), stop);
            return message;
        }
    }
}
