using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Srtp;

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
    private static readonly Protection[] All = [new("none", (_, audio) => audio, null), .. SrtpSuite.All.Select(Srtp)];

    public static Protection Of(string name) => All.SingleOrDefault(each => each.Name == name)
        ?? throw new ArgumentException($"protection={name}: it is one of {string.Join(", ", All.Select(each => each.Name))}");

    private static Protection Srtp(SrtpSuite suite) => new(
        suite.Name,
        (call, audio) => audio with { Keys = new SrtpKeys(Key(suite, call, theirs: false), Key(suite, call, theirs: true)) },
        call => new SrtpSender(new SrtpSession(new SrtpKeys(Key(suite, call, theirs: true), Key(suite, call, theirs: false)))));

    // Both processes know the number of a call and so make the same keys of it, which nothing depends on here.
    private static SrtpKey Key(SrtpSuite suite, int call, bool theirs)
    {
        var octets = new byte[suite.KeyLength + suite.SaltLength];
        new Random(2 * call + (theirs ? 1 : 0)).NextBytes(octets);
        return SrtpKey.TryCreate(suite, octets, out var key) ? key : throw new InvalidOperationException(suite.Name);
    }

    private sealed class SrtpSender(SrtpSession session) : IPacketProtection
    {
        public int Protect(Span<byte> packet, int length) => session.Protect(packet, length);
    }
}
