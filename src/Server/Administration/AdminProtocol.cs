using System.Text.Json;

namespace UnifiedMsg.Server.Administration;

/// <summary>
/// What goes over the administration socket: one JSON object on a line as request, one as reply, then the connection ends.
/// Only the server's own user and root can open the socket, so passwords may go through it.
/// </summary>
internal static class AdminProtocol
{
    /// <summary>The name of the socket in the data folder.</summary>
    public const string SocketName = "admin.sock";

    /// <summary>The longest request: far more than a group with a thousand members needs.</summary>
    public const int MaxRequest = 1 << 20;

    /// <summary>The longest reply: a queue or a directory of some hundred thousand entries.</summary>
    public const int MaxReply = 256 << 20;

    /// <summary>Reads a line without its end; null when the other side closed before one was whole.</summary>
    /// <exception cref="InvalidDataException">The line is longer than <paramref name="maxLength"/>.</exception>
    public static async Task<ReadOnlyMemory<byte>?> ReadLineAsync(Stream stream, int maxLength, CancellationToken cancellationToken)
    {
        using var line = new MemoryStream();
        var buffer = new byte[4096];
        while (true)
        {
            var count = await stream.ReadAsync(buffer, cancellationToken);
            if (count == 0)
                return null;
            var end = buffer.AsSpan(0, count).IndexOf((byte)'\n');
            line.Write(buffer, 0, end < 0 ? count : end);
            if (line.Length > maxLength)
                throw new InvalidDataException($"a line on the administration socket is longer than {maxLength} octets");
            if (end >= 0)
                return line.ToArray();
        }
    }

    /// <summary>Writes an object and the end of the line.</summary>
    public static async Task WriteLineAsync<T>(Stream stream, T value, CancellationToken cancellationToken)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(value, JsonText.Options), (byte)'\n'];
        await stream.WriteAsync(line, cancellationToken);
    }
}

/// <summary>What is asked for.</summary>
internal sealed record AdminRequest(string Operation, JsonElement Argument);

/// <summary>The answer: a result, a refusal that the person asking can mend, or a fault of the server.</summary>
internal sealed record AdminReply(JsonElement? Result = null, string? Refusal = null, string? Fault = null);
