using System.Net;

namespace UnifiedMsg.Media.Sdp;

/// <summary>A session description (RFC 8866), reduced to what a call needs.</summary>
public sealed record SessionDescription
{
    /// <summary>Who made the session, and which version of it this is (<c>o=</c>).</summary>
    public required SdpOrigin Origin { get; init; }

    /// <summary>The name of the session (<c>s=</c>).</summary>
    public string Name { get; init; } = "-";

    /// <summary>Where media goes unless a stream says otherwise (<c>c=</c>): an address, or a host name as it was written.</summary>
    public string? Connection { get; init; }

    /// <summary>When the session is (<c>t=</c>); of a call <c>0 0</c>, which sets no bounds. An answer has that of its offer (RFC 3264 §6).</summary>
    public string Time { get; init; } = "0 0";

    /// <summary>Attributes of the whole session, in their order.</summary>
    public IReadOnlyList<SdpAttribute> Attributes { get; init; } = [];

    /// <summary>The streams, in their order: an answer refers to an offer by position (RFC 3264 §6).</summary>
    public IReadOnlyList<MediaDescription> Media { get; init; } = [];
}

/// <summary>The <c>o=</c> line.</summary>
/// <param name="UserName">Who; <c>-</c> when that does not matter.</param>
/// <param name="SessionId">The id of the session, the same through the whole call.</param>
/// <param name="Version">Grows by one with each change of the description (RFC 3264 §8).</param>
/// <param name="Address">The address of the host.</param>
public sealed record SdpOrigin(string UserName, string SessionId, string Version, string Address);

/// <summary>An <c>a=</c> line.</summary>
/// <param name="Name">What stands before the colon.</param>
/// <param name="Value">What stands behind it; null for a property attribute.</param>
public readonly record struct SdpAttribute(string Name, string? Value = null)
{
    /// <inheritdoc/>
    public override string ToString() => Value is null ? Name : $"{Name}:{Value}";
}

/// <summary>An <c>m=</c> line and what follows it.</summary>
public sealed record MediaDescription
{
    /// <summary><c>audio</c>, <c>video</c>, <c>image</c>, …</summary>
    public required string Kind { get; init; }

    /// <summary>The UDP port; 0 refuses or ends the stream (RFC 3264 §6).</summary>
    public required int Port { get; init; }

    /// <summary><c>RTP/AVP</c>, <c>RTP/SAVP</c>, …</summary>
    public required string Protocol { get; init; }

    /// <summary>The formats in the order of preference; for RTP the payload types.</summary>
    public required IReadOnlyList<string> Formats { get; init; }

    /// <summary>Where this stream goes; null when the session's <see cref="SessionDescription.Connection"/> holds.</summary>
    public string? Connection { get; init; }

    /// <summary>Attributes of the stream, in their order.</summary>
    public IReadOnlyList<SdpAttribute> Attributes { get; init; } = [];

    /// <summary>The value of the first attribute of this name, or null.</summary>
    public string? Attribute(string name)
    {
        foreach (var attribute in Attributes)
        {
            if (attribute.Name == name)
                return attribute.Value;
        }
        return null;
    }

    /// <summary>The address to which RTP for this stream goes; null when it is a host name, which we leave to the symmetric latch.</summary>
    internal IPAddress? Address(SessionDescription session)
    {
        var text = Connection ?? session.Connection;
        // "10" is a host name, though the framework takes it for 0.0.0.10.
        var isNumeric = text is not null && (text.Contains(':', StringComparison.Ordinal) || text.Count(c => c == '.') == 3);
        return isNumeric && IPAddress.TryParse(text, out var address) ? address : null;
    }
}
