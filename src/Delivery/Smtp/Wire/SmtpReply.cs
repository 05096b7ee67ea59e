using System.Buffers;
using System.Text;

namespace UnifiedMsg.Delivery.Smtp.Wire;

/// <summary>A reply to a command. Whether the connection survives it is part of it.</summary>
/// <param name="Code">RFC 5321 §4.2.1.</param>
/// <param name="Status">The enhanced status code of RFC 3463, or null where RFC 2034 §4 has none (greetings, HELO, intermediate replies).</param>
/// <param name="Text">For people; several lines are separated by LF. A refusal says what to do about it.</param>
/// <param name="Close">Whether the connection is closed after it.</param>
public sealed record SmtpReply(int Code, string? Status, string Text, bool Close = false)
{
    /// <summary>The reply whose sending the handler has taken care of.</summary>
    public static readonly SmtpReply None = new(0, null, "");

    /// <summary>Whether the client did something wrong that counts towards the limit of errors.</summary>
    public bool IsClientError => Code is 500 or 501 or 502 or 503 or 504 or 535 or 550 or 553 or 555;

    /// <summary>Puts the reply into octets, with its line ends.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        var rest = Text.AsSpan();
        while (true)
        {
            var end = rest.IndexOf('\n');
            var isLast = end < 0;
            WriteLine(output, isLast ? rest : rest[..end], isLast ? ' ' : '-');
            if (isLast)
                return;
            rest = rest[(end + 1)..];
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Status is null ? $"{Code} {Text}" : $"{Code} {Status} {Text}";

    private void WriteLine(IBufferWriter<byte> output, ReadOnlySpan<char> text, char separator)
    {
        Span<char> head = stackalloc char[16];
        var line = Status is null
            ? head.TryWrite($"{Code}{separator}", out var length)
            : head.TryWrite($"{Code}{separator}{Status} ", out length);
        if (!line)
            throw new InvalidOperationException($"malformed reply {Code} {Status}");
        Encoding.UTF8.GetBytes(head[..length], output);
        Encoding.UTF8.GetBytes(text, output);
        output.Write("\r\n"u8);
    }
}
