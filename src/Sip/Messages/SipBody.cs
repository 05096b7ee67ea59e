using System.Text;

namespace UnifiedMsg.Sip.Messages;

/// <summary>A body with its media type.</summary>
/// <param name="ContentType">Such as <c>application/sdp</c>.</param>
/// <param name="Content">The octets.</param>
public sealed record SipBody(string ContentType, ReadOnlyMemory<byte> Content)
{
    /// <summary>The media type of session descriptions.</summary>
    public const string SdpType = "application/sdp";

    /// <summary>Text in UTF-8.</summary>
    public SipBody(string contentType, string text)
        : this(contentType, Encoding.UTF8.GetBytes(text))
    {
    }

    /// <summary>A session description.</summary>
    public static SipBody Sdp(string sdp) => new(SdpType, sdp);
}
