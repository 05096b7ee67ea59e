using System.Buffers;
using UnifiedMsg.Delivery.Smtp.Intake;
using UnifiedMsg.Delivery.Smtp.Wire;

namespace UnifiedMsg.Fuzz;

/// <summary>Fuzz targets of the SMTP server.</summary>
public static class SmtpTargets
{
    /// <summary>The target: an address that is accepted holds nothing that could break out of a header or a command.</summary>
    public static void Path(ReadOnlySpan<byte> input)
    {
        if (!SmtpPath.TryParse(input, out var address, out var rest))
            return;
        if (address.AsSpan().IndexOfAny("\r\n\0") >= 0)
            throw new InvalidOperationException("A line end came through.");
        if (address.Length > 0 && (!SmtpPath.TryParseMailbox(System.Text.Encoding.UTF8.GetBytes(address), true, out var again) || again != address))
            throw new InvalidOperationException("What was accepted is not accepted again.");
        var parameters = new EsmtpParameters(rest);
        while (parameters.Next())
        {
            if (parameters.Keyword.IsEmpty || parameters.Keyword.Length + parameters.Value.Length > rest.Length)
                throw new InvalidOperationException("A parameter is not part of the line.");
        }
    }

    /// <summary>The target: the end of a message and its content do not depend on how the octets are split, and only CR LF dot CR LF ends it.</summary>
    public static void Dots(ReadOnlySpan<byte> input)
    {
        var (whole, consumed, isEnd) = Decode(input, input.Length + 1, input.Length + 1);
        foreach (var (piece, room) in new[] { (1, 1), (2, 3), (7, 2) })
        {
            var split = Decode(input, piece, room);
            if (!split.Content.AsSpan().SequenceEqual(whole) || split.Consumed != consumed || split.IsEnd != isEnd)
                throw new InvalidOperationException("Another split gives another message.");
        }
        var end = input.StartsWith(".\r\n"u8) ? 3 : input.IndexOf("\r\n.\r\n"u8) is >= 0 and var at ? at + 5 : -1;
        if (isEnd != (end >= 0) || (isEnd && consumed != end))
            throw new InvalidOperationException("The message ends elsewhere.");
    }

    /// <summary>The target: the end of a header does not depend on how the octets come, and copying it loses nothing but what is dropped.</summary>
    public static void Header(ReadOnlySpan<byte> input)
    {
        var end = default(HeaderScanner).FindEnd(input, isWhole: true);
        var scanner = default(HeaderScanner);
        var trickled = -1;
        for (var length = 0; trickled < 0; length++)
            trickled = scanner.FindEnd(input[..Math.Min(length, input.Length)], length >= input.Length);
        if (trickled != end)
            throw new InvalidOperationException("A trickle gives another header.");
        var copy = new ArrayBufferWriter<byte>();
        HeaderSection.Copy(input[..end], dropBcc: false, copy);
        var again = new ArrayBufferWriter<byte>();
        HeaderSection.Copy(copy.WrittenSpan, dropBcc: false, again);
        if (copy.WrittenCount > end || !again.WrittenSpan.SequenceEqual(copy.WrittenSpan))
            throw new InvalidOperationException("A copy of the copy differs.");
    }

    private static (byte[] Content, int Consumed, bool IsEnd) Decode(ReadOnlySpan<byte> input, int piece, int room)
    {
        var decoder = default(DotDecoder);
        var content = new List<byte>();
        var output = new byte[room];
        var offset = 0;
        while (offset < input.Length && !decoder.IsEnd)
        {
            decoder.Decode(input.Slice(offset, Math.Min(piece, input.Length - offset)), output, out var consumed, out var written);
            content.AddRange(output.AsSpan(0, written));
            offset += consumed;
        }
        return ([.. content], offset, decoder.IsEnd);
    }
}
