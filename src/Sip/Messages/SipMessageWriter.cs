using System.Globalization;
using System.Text;

namespace UnifiedMsg.Sip.Messages;

/// <summary>Messages to octets, in one array of the right size.</summary>
public static class SipMessageWriter
{
    private const string Version = "SIP/2.0";

    /// <summary>The message as it goes on the wire, with the Content-Length of its body.</summary>
    public static byte[] Write(SipMessage message)
    {
        Span<char> digits = stackalloc char[10];
        message.Body.Length.TryFormat(digits, out var digitCount, provider: CultureInfo.InvariantCulture);
        var octets = new byte[Measure(message) + SipHeaderNames.ContentLength.Length + digitCount + 6 + message.Body.Length];
        var rest = octets.AsSpan();
        WriteStartLine(message, ref rest);
        for (var i = 0; i < message.Headers.Count; i++)
        {
            var field = message.Headers.At(i);
            if (field.Name == SipHeaderNames.ContentLength)
                continue;
            Put(field.Name, ref rest);
            Put(": ", ref rest);
            Put(field.Value, ref rest);
            Put("\r\n", ref rest);
        }
        Put(SipHeaderNames.ContentLength, ref rest);
        Put(": ", ref rest);
        Put(digits[..digitCount], ref rest);
        Put("\r\n\r\n", ref rest);
        message.Body.Span.CopyTo(rest);
        return octets;
    }

    /// <summary>The octets that the message takes on the wire.</summary>
    internal static int SizeOf(SipMessage message) => Measure(message) + SizeOf(SipHeaderNames.ContentLength, $"{message.Body.Length}") + 2 + message.Body.Length;

    /// <summary>The octets that a header field takes.</summary>
    internal static int SizeOf(string name, string value) => Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value) + 4;

    private static int Measure(SipMessage message)
    {
        var total = message switch
        {
            SipRequest request => request.Method.Length + Encoding.UTF8.GetByteCount(request.Uri.ToString()) + Version.Length + 4,
            SipResponse response => Version.Length + 3 + Encoding.UTF8.GetByteCount(response.Reason) + 4,
            _ => 0,
        };
        for (var i = 0; i < message.Headers.Count; i++)
        {
            var field = message.Headers.At(i);
            if (field.Name != SipHeaderNames.ContentLength)
                total += SizeOf(field.Name, field.Value);
        }
        return total;
    }

    private static void WriteStartLine(SipMessage message, ref Span<byte> rest)
    {
        if (message is SipRequest request)
        {
            Put(request.Method, ref rest);
            Put(" ", ref rest);
            Put(request.Uri.ToString(), ref rest);
            Put(" " + Version + "\r\n", ref rest);
        }
        else if (message is SipResponse response)
        {
            Span<char> status = stackalloc char[3];
            response.Status.TryFormat(status, out _, provider: CultureInfo.InvariantCulture);
            Put(Version + " ", ref rest);
            Put(status, ref rest);
            Put(" ", ref rest);
            Put(response.Reason, ref rest);
            Put("\r\n", ref rest);
        }
    }

    private static void Put(scoped ReadOnlySpan<char> text, ref Span<byte> rest) => rest = rest[Encoding.UTF8.GetBytes(text, rest)..];
}
