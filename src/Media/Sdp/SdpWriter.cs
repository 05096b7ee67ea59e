using System.Text;

namespace UnifiedMsg.Media.Sdp;

/// <summary>Writes a session description in the order of RFC 8866 §5, lines ended by CRLF.</summary>
public static class SdpWriter
{
    /// <summary>The body of an INVITE or of its answer, as bytes.</summary>
    public static byte[] Write(SessionDescription session)
    {
        var text = new StringBuilder(512);
        text.Append("v=0\r\n");
        var origin = session.Origin;
        Line(text, 'o', $"{origin.UserName} {origin.SessionId} {origin.Version} IN {Family(origin.Address)} {origin.Address}");
        Line(text, 's', session.Name.Length == 0 ? "-" : session.Name);
        if (session.Connection is { } connection)
            Line(text, 'c', $"IN {Family(connection)} {connection}");
        Line(text, 't', session.Time);
        Attributes(text, session.Attributes);
        foreach (var media in session.Media)
            Media(text, media);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Media(StringBuilder text, MediaDescription media)
    {
        Line(text, 'm', $"{media.Kind} {media.Port} {media.Protocol} {string.Join(' ', media.Formats)}");
        if (media.Connection is { } connection)
            Line(text, 'c', $"IN {Family(connection)} {connection}");
        Attributes(text, media.Attributes);
    }

    private static void Attributes(StringBuilder text, IReadOnlyList<SdpAttribute> attributes)
    {
        foreach (var attribute in attributes)
            Line(text, 'a', attribute.ToString());
    }

    private static void Line(StringBuilder text, char type, string value) => text.Append(type).Append('=').Append(value).Append("\r\n");

    private static string Family(string address) => address.Contains(':', StringComparison.Ordinal) ? "IP6" : "IP4";
}
