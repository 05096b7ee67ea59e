using System.Text;

namespace UnifiedMsg.Mime.Tests;

/// <summary>Writes messages for tests: lines joined by CRLF.</summary>
internal static class Lines
{
    public static byte[] Of(params string[] lines) => Encoding.UTF8.GetBytes(string.Join("\r\n", lines) + "\r\n");

    public static string Slice(byte[] message, long offset, long length) =>
        Encoding.UTF8.GetString(message, (int)offset, (int)length);

    public static string Body(byte[] message, MessagePart part) => Slice(message, part.BodyOffset, part.BodyLength);
}
