using UnifiedMsg.Media.Sdp;

namespace UnifiedMsg.Benchmarks.Media;

/// <summary>Makes a packet of the sender what goes over the wire; one for each call.</summary>
internal interface IPacketProtection
{
    /// <summary>Protects the packet in place.</summary>
    /// <returns>Its new length.</returns>
    int Protect(Span<byte> packet, int length);
}

/// <summary>How the packets of the measured calls are protected: what both sides are told of it.</summary>
/// <param name="Name">The value of the option <c>protection</c>.</param>
/// <param name="Negotiated">What the measured side takes for agreed on, for the number of a call.</param>
/// <param name="Sender">What the sender does; null for nothing.</param>
internal sealed record Protection(string Name, Func<int, NegotiatedAudio, NegotiatedAudio> Negotiated, Func<int, IPacketProtection>? Sender)
{
    private static readonly Protection[] All = [new("none", (_, audio) => audio, null)];

    public static Protection Of(string name) => All.SingleOrDefault(each => each.Name == name)
        ?? throw new ArgumentException($"protection={name}: it is one of {string.Join(", ", All.Select(each => each.Name))}");
}
