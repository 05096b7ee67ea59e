using System.Net;

namespace UnifiedMsg.Media.Ice;

/// <summary>What came of a datagram that looks like STUN.</summary>
internal enum IceCheck
{
    /// <summary>Nothing that concerns us; nobody is answered.</summary>
    Ignored,

    /// <summary>The other side asks whether this way works.</summary>
    Checked,

    /// <summary>It chose this way (RFC 8445 §8.1.1).</summary>
    Nominated,
}

/// <summary>
/// The lite side of ICE (RFC 8445 §2.5): it has host candidates only, asks nothing, and answers the checks of the other side, which chooses
/// the way. May be used by several threads.
/// </summary>
/// <remarks>
/// Whoever does not prove to know our password gets no answer, though RFC 8489 §9.1.3 would have us say why: what is not sent can't be made
/// to flood somebody else. Only a source that has proved it is known.
/// </remarks>
internal sealed class IceLite(IceParameters parameters)
{
    /// <summary>From how many addresses the other side may check; a browser has some for each interface and family.</summary>
    private const int MaxSources = 16;

    private readonly Lock _gate = new();
    private readonly List<SocketAddress> _sources = [];

    /// <summary>True when a check came from there.</summary>
    public bool Knows(SocketAddress source)
    {
        lock (_gate)
            return Find(source);
    }

    /// <summary>Takes a datagram and writes what goes back to where it came from.</summary>
    /// <param name="datagram">The datagram.</param>
    /// <param name="source">Where it came from.</param>
    /// <param name="response">At least <see cref="StunWriter.MaxLength"/> octets.</param>
    /// <param name="length">The length of the response; 0 for none.</param>
    public IceCheck Take(ReadOnlySpan<byte> datagram, SocketAddress source, Span<byte> response, out int length)
    {
        length = 0;
        if (!StunMessage.TryParse(datagram, out var request) || request.Type != StunMessage.BindingRequest
            || !request.TryFind(StunAttribute.Username, out var name) || !name.SequenceEqual(parameters.UserName) || !request.IsFrom(parameters.Key))
            return IceCheck.Ignored;
        if (Refusal(request) is var (code, reason))
        {
            length = Refuse(request, code, reason, response);
            return IceCheck.Ignored;
        }
        if (!TryRemember(source))
            return IceCheck.Ignored;
        var writer = new StunWriter(response, StunMessage.BindingSuccess, request.Transaction);
        writer.AddMappedAddress(source);
        writer.Seal(parameters.Key);
        length = writer.Length;
        return request.TryFind(StunAttribute.UseCandidate, out _) ? IceCheck.Nominated : IceCheck.Checked;
    }

    private static (int Code, string Reason)? Refusal(StunMessage request)
    {
        // RFC 8445 §7.3.1.1: one side has to choose, and a lite one never does.
        if (request.TryFind(StunAttribute.IceControlled, out _))
            return (487, "Role Conflict");
        var attributes = request.Attributes;
        while (attributes.MoveNext())
        {
            // RFC 8489 §6.3.1: what we don't know and would have to.
            if ((ushort)attributes.Type < 0x8000 && !Enum.IsDefined(attributes.Type))
                return (420, "Unknown Attribute");
        }
        return null;
    }

    private int Refuse(StunMessage request, int code, string reason, Span<byte> response)
    {
        var writer = new StunWriter(response, StunMessage.BindingError, request.Transaction);
        // RFC 8489 §14.8: 21 zero bits, hundreds, the rest, the reason.
        Span<byte> value = stackalloc byte[64];
        value.Clear();
        value[2] = (byte)(code / 100);
        value[3] = (byte)(code % 100);
        var text = System.Text.Encoding.ASCII.GetBytes(reason, value[4..]);
        writer.Add(StunAttribute.ErrorCode, value[..(4 + text)]);
        if (code == 420)
            AddUnknown(request, ref writer);
        writer.Seal(parameters.Key);
        return writer.Length;
    }

    // RFC 8489 §14.9.
    private static void AddUnknown(StunMessage request, ref StunWriter writer)
    {
        Span<byte> unknown = stackalloc byte[32];
        var length = 0;
        var attributes = request.Attributes;
        while (attributes.MoveNext() && length < unknown.Length)
        {
            if ((ushort)attributes.Type >= 0x8000 || Enum.IsDefined(attributes.Type))
                continue;
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(unknown[length..], (ushort)attributes.Type);
            length += 2;
        }
        writer.Add(StunAttribute.UnknownAttributes, unknown[..length]);
    }

    private bool TryRemember(SocketAddress source)
    {
        lock (_gate)
        {
            if (Find(source))
                return true;
            if (_sources.Count == MaxSources)
                return false;
            var copy = new SocketAddress(source.Family, source.Size);
            source.Buffer.Span[..source.Size].CopyTo(copy.Buffer.Span);
            _sources.Add(copy);
            return true;
        }
    }

    private bool Find(SocketAddress source)
    {
        foreach (var known in _sources)
        {
            if (known.Equals(source))
                return true;
        }
        return false;
    }
}
