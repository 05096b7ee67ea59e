using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace UnifiedMsg.Server.Configuration;

/// <summary>The notation of an address and port: <c>127.0.0.1:25</c>, <c>[::1]:25</c>. Names are refused, because what a listener
/// binds to must not depend on a look-up.</summary>
public static class EndPointText
{
    /// <summary>Reads the notation.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="defaultPort">The port when none is written, or null when one must be.</param>
    /// <param name="endPoint">The result.</param>
    public static bool TryParse(string? text, int? defaultPort, [NotNullWhen(true)] out IPEndPoint? endPoint)
    {
        endPoint = null;
        if (string.IsNullOrEmpty(text))
            return false;
        // An IPv6 address is only told from its port by the brackets.
        var bracket = text.LastIndexOf(']');
        if (text[0] == '[' ? bracket < 0 : text.Count(':'.Equals) > 1)
            return false;
        var colon = text.IndexOf(':', Math.Max(bracket, 0));
        var host = colon < 0 ? text : text[..colon];
        if (text[0] == '[')
            host = text[1..bracket];
        if (!TryPort(colon < 0 ? null : text[(colon + 1)..], defaultPort, out var port)
            || !IPAddress.TryParse(host, out var address)
            || (text[0] != '[' && host.Count('.'.Equals) != 3))
            return false;
        endPoint = new IPEndPoint(address, port);
        return true;
    }

    private static bool TryPort(string? text, int? defaultPort, out int port)
    {
        port = defaultPort ?? 0;
        return text is null
            ? defaultPort is not null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= IPEndPoint.MaxPort;
    }
}
