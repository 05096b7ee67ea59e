using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Accounts;

namespace UnifiedMsg.Server.Administration;

/// <summary>Serves <c>data/admin.sock</c>, over which the commands reach a running server.</summary>
public sealed partial class AdminSocket : IAsyncDisposable
{
    // Commands come from people and scripts; further ones wait in the backlog of the socket.
    private const int MaxConnections = 16;

    // A client that connects and says nothing must not hold a place for long.
    private static readonly TimeSpan ClientTimeout = TimeSpan.FromSeconds(10);

    private readonly IAdministration _administration;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly string _path;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _places = new(MaxConnections);
    private readonly Task _accepting;

    /// <summary>Starts to serve. The caller holds the lock of the data folder, so a socket that lies there is a dead server's.</summary>
    /// <param name="administration">What does the work.</param>
    /// <param name="dataFolder">The data folder.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">The socket can't be made.</exception>
    public AdminSocket(IAdministration administration, string dataFolder, ILogger logger, TimeProvider time)
    {
        (_administration, _logger, _time) = (administration, logger, time);
        _path = Path.Combine(dataFolder, AdminProtocol.SocketName);
        _listener = Listen(_path);
        _accepting = AcceptAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        // Whoever holds a place is at its end; a new server may bind the name after that.
        for (var i = 0; i < MaxConnections; i++)
            await _places.WaitAsync();
        File.Delete(_path);
        _places.Dispose();
        _stopping.Dispose();
    }

    private static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(path);
            socket.Bind(new UnixDomainSocketEndPoint(path));
            // Nobody else gets here in between: the data folder itself is closed to others.
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen();
            return socket;
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException or UnauthorizedAccessException)
        {
            socket.Dispose();
            // Unix: a socket's name has at most some 100 octets.
            throw new IOException($"{path}: can't make the administration socket: {exception.Message}", exception);
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await _places.WaitAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            Socket? client = null;
            try
            {
                client = await _listener.AcceptAsync(_stopping.Token);
                _ = ServeAndFreeAsync(client);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                if (client is null)
                    _places.Release();
            }
        }
    }

    private async Task ServeAndFreeAsync(Socket client)
    {
        try
        {
            using var stream = new NetworkStream(client, ownsSocket: true);
            await ServeAsync(stream);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidDataException)
        {
            Log.Cut(_logger, exception.Message);
        }
        finally
        {
            _places.Release();
        }
    }

    // The limit of time holds for the client's part, not for the work between.
    private async Task ServeAsync(NetworkStream stream)
    {
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        using var askingEnds = _time.CreateTimer(_ => asking.Cancel(), null, ClientTimeout, Timeout.InfiniteTimeSpan);
        if (await AdminProtocol.ReadLineAsync(stream, AdminProtocol.MaxRequest, asking.Token) is not { } line)
            return;
        askingEnds.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var reply = await RunAsync(line);
        askingEnds.Change(ClientTimeout, Timeout.InfiniteTimeSpan);
        await AdminProtocol.WriteLineAsync(stream, reply, asking.Token);
    }

    private async Task<AdminReply> RunAsync(ReadOnlyMemory<byte> line)
    {
        var name = "?";
        try
        {
            var request = JsonSerializer.Deserialize<AdminRequest>(line.Span, JsonText.Options);
            name = request?.Operation ?? name;
            var operation = AdminOperations.All.FirstOrDefault(each => each.Name == name);
            if (operation is null)
                return new AdminReply(Refusal: $"the running server is of another version: it does not know \"{name}\"");
            var result = await operation.RunAsync(_administration, request!.Argument, _stopping.Token);
            // A command that waits for a job asks every moment.
            if (operation != AdminOperations.PollJob)
                Log.Done(_logger, name);
            return new AdminReply(result);
        }
        catch (Exception exception) when (exception is DirectoryException or JsonException)
        {
            return new AdminReply(Refusal: exception.Message);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.Failed(_logger, exception, name);
            return new AdminReply(Fault: $"the server could not do it: {exception.Message}");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(10010, LogLevel.Information, "administration: {Operation}")]
        public static partial void Done(ILogger logger, string operation);

        [LoggerMessage(10011, LogLevel.Error, "administration: {Operation} failed")]
        public static partial void Failed(ILogger logger, Exception exception, string operation);

        [LoggerMessage(10012, LogLevel.Debug, "administration: a connection was cut: {Reason}")]
        public static partial void Cut(ILogger logger, string reason);
    }
}
