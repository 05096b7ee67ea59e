using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UnifiedMsg.Media.Session;

/// <summary>
/// The calls of the Linux kernel that .NET has no equal of: waiting for many sockets at once by a thread of our own, receiving without an
/// operation object for each datagram, and sending without an exception when there is no way or no room. Every descriptor is in a safe handle, which also holds a socket open while a call uses it.
/// </summary>
internal static unsafe partial class LinuxSockets
{
    public const int Interrupted = 4;
    public const int WouldBlock = 11;

    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int ControlAdd = 1;
    private const int ControlRemove = 2;
    private const uint Readable = 1;
    private const uint EdgeTriggered = 1u << 31;
    private const int DoNotWait = 0x40;

    // The length of the datagram, not of what fitted into the buffer.
    private const int TellLength = 0x20;

    // struct epoll_event is packed on x86-64 alone.
    private static readonly int EventLength = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    public static SafeFileHandle CreateEpoll() => Checked(EpollCreate(CloseOnExec), "epoll_create1");

    /// <summary>A counter that makes a waiting thread wake up.</summary>
    public static SafeFileHandle CreateEvent() => Checked(EventFd(0, CloseOnExec | NonBlocking), "eventfd");

    /// <summary>
    /// Watches a descriptor; <paramref name="key"/> comes back when something new has come to it, once, so that it is to be read until nothing
    /// is left.
    /// </summary>
    public static void Watch(SafeFileHandle epoll, SafeHandle descriptor, ulong key)
    {
        var change = stackalloc byte[16];
        *(uint*)change = Readable | EdgeTriggered;
        *(ulong*)(change + EventLength - sizeof(ulong)) = key;
        if (EpollControl(epoll, ControlAdd, descriptor, change) != 0)
            throw new IOException($"A socket can't be watched: error {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>Watches it no more. The kernel does so by itself when it is closed.</summary>
    public static void Forget(SafeFileHandle epoll, SafeHandle descriptor)
    {
        var unused = stackalloc byte[16];
        try
        {
            _ = EpollControl(epoll, ControlRemove, descriptor, unused);
        }
        catch (ObjectDisposedException)
        {
            // Closed already, so forgotten already.
        }
    }

    /// <summary>Waits until something comes to a watched descriptor.</summary>
    /// <param name="epoll">From <see cref="CreateEpoll"/>.</param>
    /// <param name="timeout">In milliseconds; -1 for as long as it takes.</param>
    /// <param name="keys">Gets the keys of those that can.</param>
    /// <param name="events">Room for 16 bytes for each key.</param>
    /// <returns>How many; -1 when it failed, with the error in <see cref="Marshal.GetLastPInvokeError"/>.</returns>
    public static int Wait(SafeFileHandle epoll, int timeout, Span<ulong> keys, Span<byte> events)
    {
        fixed (byte* first = events)
        {
            var count = EpollWait(epoll, first, keys.Length, timeout);
            for (var i = 0; i < count; i++)
                keys[i] = *(ulong*)(first + (i + 1) * EventLength - sizeof(ulong));
            return count;
        }
    }

    public static void Signal(SafeFileHandle counter)
    {
        var one = 1UL;
        _ = Write(counter, &one, sizeof(ulong));
    }

    /// <summary>Takes the next datagram of a socket without waiting for one.</summary>
    /// <returns>Its length, which may be beyond that of the buffer; -1 when there is none or it failed.</returns>
    public static int Receive(SafeSocketHandle socket, Span<byte> buffer, SocketAddress source)
    {
        var address = source.Buffer.Span;
        fixed (byte* target = buffer, from = address)
        {
            var length = (uint)address.Length;
            var received = ReceiveFrom(socket, target, (nuint)buffer.Length, DoNotWait | TellLength, from, &length);
            if (received >= 0)
                source.Size = (int)Math.Min(length, (uint)address.Length);
            return (int)received;
        }
    }

    /// <summary>Sends a datagram without waiting for room.</summary>
    /// <returns>False when the system did not take it.</returns>
    public static bool Send(SafeSocketHandle socket, ReadOnlySpan<byte> datagram, SocketAddress destination)
    {
        fixed (byte* source = datagram, to = destination.Buffer.Span)
            return SendTo(socket, source, (nuint)datagram.Length, DoNotWait, to, (uint)destination.Size) >= 0;
    }

    private static SafeFileHandle Checked(SafeFileHandle handle, string call) =>
        handle.IsInvalid ? throw new IOException($"{call} failed: error {Marshal.GetLastPInvokeError()}") : handle;

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial SafeFileHandle EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(SafeFileHandle epoll, int operation, SafeHandle descriptor, byte* change);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(SafeFileHandle epoll, byte* events, int most, int timeout);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial SafeFileHandle EventFd(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle descriptor, ulong* value, nuint length);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    private static partial nint ReceiveFrom(SafeSocketHandle socket, byte* buffer, nuint length, int flags, byte* source, uint* sourceLength);

    [LibraryImport("libc", EntryPoint = "sendto")]
    private static partial nint SendTo(SafeSocketHandle socket, byte* datagram, nuint length, int flags, byte* destination, uint destinationLength);
}
