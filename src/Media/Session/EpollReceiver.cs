using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace UnifiedMsg.Media.Session;

/// <summary>
/// The receiver of Linux: one thread waits for all sockets and reads them itself, with nothing allocated and no task switched for a datagram.
/// </summary>
public sealed class EpollReceiver : IDatagramReceiver
{
    // Beyond this many the rest waits for the next round.
    private const int EventsAtOnce = 512;

    // With so many sockets there is always something to read: a pause of a millisecond makes one round of what would be hundreds, and
    // delays keys and sound by no more than that.
    private const int ManySockets = 200;
    private const int LingerMilliseconds = 1;

    // So many datagrams before its turn the list of what a call works on is brought into the cache, and so many what is on it: memory takes
    // about as long as one datagram.
    private const int ListAhead = 6;
    private const int WorkAhead = 2;

    // No socket has this one, since their numbers begin with 1.
    private const ulong WakeKey = 0;

    private readonly ILogger _logger;
    private readonly SafeFileHandle _epoll = LinuxSockets.CreateEpoll();
    private readonly SafeFileHandle _wake = LinuxSockets.CreateEvent();
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(IDatagramReceiver.MaxLength, pinned: true);
    private readonly SocketAddress _source4 = new(AddressFamily.InterNetwork);
    private readonly SocketAddress _source6 = new(AddressFamily.InterNetworkV6);
    private volatile Place[] _places = new Place[64];
    private uint _lastNumber;
    private int _used;
    private volatile int _count;
    private volatile bool _stopped;

    /// <summary>Starts the thread.</summary>
    /// <exception cref="PlatformNotSupportedException">The system is not Linux.</exception>
    /// <exception cref="IOException">The system forbids it.</exception>
    public EpollReceiver(ILogger logger)
    {
        if (!IsSupported)
            throw new PlatformNotSupportedException("epoll is of Linux");
        _logger = logger;
        LinuxSockets.Watch(_epoll, _wake, WakeKey);
        _thread = new Thread(Run) { IsBackground = true, Name = "media receiver" };
        _thread.Start();
    }

    /// <summary>Whether the system is one that has it.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux();

    internal ILogger Logger => _logger;

    /// <inheritdoc/>
    public IAsyncDisposable Start(Socket socket, IDatagramHandler handler)
    {
        EpollRegistration registration;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            registration = new EpollRegistration(this, socket, handler, TakeKey());
            _places[(int)registration.Key] = new Place(registration, registration.JoinWorkingSet());
            _count++;
        }
        try
        {
            LinuxSockets.Watch(_epoll, registration.Handle, registration.Key);
        }
        catch
        {
            Remove(registration);
            throw;
        }
        return registration;
    }

    /// <summary>Stops the thread. What is still registered is not read any more.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_stopped)
                return ValueTask.CompletedTask;
            _stopped = true;
        }
        LinuxSockets.Signal(_wake);
        if (Thread.CurrentThread != _thread)
            _thread.Join();
        _epoll.Dispose();
        _wake.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Forgets a socket; its place may be taken by another, whose key is not the same.</summary>
    internal void Remove(EpollRegistration registration)
    {
        lock (_gate)
        {
            var index = (int)registration.Key;
            if (_places[index].Registration != registration)
                return;
            _places[index] = default;
            _free.Push(index);
            _count--;
            if (!_stopped)
                LinuxSockets.Forget(_epoll, registration.Handle);
        }
    }

    // The place in the table in the lower half, a number that no other socket ever had there in the upper: an event of a socket that was
    // closed meanwhile finds nobody.
    private ulong TakeKey()
    {
        if (!_free.TryPop(out var index))
        {
            index = _used++;
            if (index == _places.Length)
            {
                var larger = new Place[index * 2];
                _places.CopyTo(larger, 0);
                _places = larger;
            }
        }
        if (++_lastNumber == 0)
            _lastNumber = 1;
        return (ulong)_lastNumber << 32 | (uint)index;
    }

    private void Run()
    {
        RealTime.Ask(_logger);
        var keys = new ulong[EventsAtOnce];
        var events = new byte[EventsAtOnce * 16];
        // Whose turn was over before all was read: it was told once and is not told again.
        List<EpollRegistration> unfinished = [], before = [];
        while (!_stopped)
        {
            var count = LinuxSockets.Wait(_epoll, unfinished.Count > 0 ? 0 : -1, keys, events);
            if (count < 0 && Marshal.GetLastPInvokeError() is not LinuxSockets.Interrupted and var error)
            {
                DatagramReceivers.Log.Broken(_logger, error);
                return;
            }
            (unfinished, before) = (before, unfinished);
            foreach (var registration in before)
                Receive(registration, unfinished);
            before.Clear();
            for (var i = 0; i < count; i++)
            {
                BringNext(keys.AsSpan(i + 1, count - i - 1));
                if (keys[i] != WakeKey && Find(keys[i]) is { IsUnfinished: false } registration)
                    Receive(registration, unfinished);
            }
            if (_count >= ManySockets && count < EventsAtOnce)
                Thread.Sleep(LingerMilliseconds);
        }
    }

    private void Receive(EpollRegistration registration, List<EpollRegistration> unfinished)
    {
        registration.IsUnfinished = !_stopped && registration.Receive(_buffer, _source4, _source6);
        if (registration.IsUnfinished)
            unfinished.Add(registration);
    }

    private EpollRegistration? Find(ulong key) => _places[(int)key].Registration is { } found && found.Key == key ? found : null;

    private void BringNext(ReadOnlySpan<ulong> keys)
    {
        if (keys.Length >= ListAhead)
            _places[(int)keys[ListAhead - 1]].WorkingSet?.BringList();
        if (keys.Length >= WorkAhead)
            _places[(int)keys[WorkAhead - 1]].WorkingSet?.Bring();
    }

    // The set is only a hint: it may be of another socket than the key.
    private readonly record struct Place(EpollRegistration? Registration, WorkingSet? WorkingSet);
}
