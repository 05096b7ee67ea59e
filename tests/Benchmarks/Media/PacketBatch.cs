using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace UnifiedMsg.Benchmarks.Media;

/// <summary>Datagrams that go to the kernel, or come from it, with one call (Linux): what measures must not cost what is measured.</summary>
internal sealed unsafe partial class PacketBatch : IDisposable
{
    public const int MaxPacket = 512;

    private const int AddressLength = 16;
    private const int DoNotWait = 0x40;
    private readonly int _most;
    private readonly byte* _packets;
    private readonly byte* _addresses;
    private readonly Part* _parts;
    private readonly Message* _messages;

    public PacketBatch(int most)
    {
        _most = most;
        _packets = (byte*)NativeMemory.AllocZeroed((nuint)(most * MaxPacket));
        _addresses = (byte*)NativeMemory.AllocZeroed((nuint)(most * AddressLength));
        _parts = (Part*)NativeMemory.AllocZeroed((nuint)(most * sizeof(Part)));
        _messages = (Message*)NativeMemory.AllocZeroed((nuint)(most * sizeof(Message)));
        for (var i = 0; i < most; i++)
        {
            _parts[i] = new Part { Start = _packets + i * MaxPacket, Length = MaxPacket };
            _messages[i].Header = new Header { Name = _addresses + i * AddressLength, NameLength = AddressLength, Parts = _parts + i, PartCount = 1 };
        }
    }

    /// <summary>How many are in it.</summary>
    public int Count { get; private set; }

    public bool IsFull => Count == _most;

    public void Clear() => Count = 0;

    /// <summary>Room for the next packet.</summary>
    public Span<byte> Next => new(_packets + Count * MaxPacket, MaxPacket);

    /// <summary>The packet in <see cref="Next"/> goes to a port of loopback.</summary>
    public void Add(int length, ushort port)
    {
        _parts[Count].Length = (nuint)length;
        var address = _addresses + Count * AddressLength;
        *(ushort*)address = (ushort)AddressFamily.InterNetwork;
        *(ushort*)(address + 2) = BinaryPort(port);
        *(uint*)(address + 4) = 0x0100007F;
        Count++;
    }

    /// <summary>The port that a received packet came from.</summary>
    public ushort SourcePort(int i) => BinaryPort(*(ushort*)(_addresses + i * AddressLength + 2));

    /// <summary>Sends all and clears it.</summary>
    public void Send(Socket socket)
    {
        for (var sent = 0; sent < Count;)
        {
            var count = SendMany(socket.SafeHandle, _messages + sent, (uint)(Count - sent), 0);
            if (count < 0)
                throw new IOException($"sendmmsg failed: error {Marshal.GetLastPInvokeError()}");
            sent += count;
        }
        Count = 0;
    }

    /// <summary>Receives what there is, without waiting for more.</summary>
    public void Receive(Socket socket)
    {
        for (var i = 0; i < _most; i++)
        {
            _messages[i].Header.NameLength = AddressLength;
            _parts[i].Length = MaxPacket;
        }
        Count = Math.Max(0, ReceiveMany(socket.SafeHandle, _messages, (uint)_most, DoNotWait, null));
    }

    public void Dispose()
    {
        NativeMemory.Free(_packets);
        NativeMemory.Free(_addresses);
        NativeMemory.Free(_parts);
        NativeMemory.Free(_messages);
    }

    private static ushort BinaryPort(ushort port) => (ushort)IPAddress.HostToNetworkOrder((short)port);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    private static partial int SendMany(SafeSocketHandle socket, Message* messages, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    private static partial int ReceiveMany(SafeSocketHandle socket, Message* messages, uint count, int flags, void* timeout);

#pragma warning disable CS0649 // The kernel writes some of the fields, and the others stay zero.

    private struct Part
    {
        public byte* Start;
        public nuint Length;
    }

    // struct msghdr
    private struct Header
    {
        public byte* Name;
        public uint NameLength;
        public Part* Parts;
        public nuint PartCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }

    // struct mmsghdr
    private struct Message
    {
        public Header Header;
        public uint Length;
    }
#pragma warning restore CS0649
}
