using System.Text;
using UnifiedMsg.Delivery.Smtp.Wire;

namespace UnifiedMsg.Delivery.Tests.Smtp;

public class DotDecoderTests
{
    // Feeds the text in pieces, into an output of a given size, and shows what came out and what was left over.
    private static (string Content, string Left, bool Bare, bool End) Decode(string text, int piece, int room)
    {
        var decoder = new DotDecoder();
        var input = Encoding.Latin1.GetBytes(text);
        var content = new StringBuilder();
        var output = new byte[room];
        var offset = 0;
        while (offset < input.Length && !decoder.IsEnd)
        {
            var chunk = input.AsSpan(offset, Math.Min(piece, input.Length - offset));
            decoder.Decode(chunk, output, out var consumed, out var written);
            Assert.True(consumed > 0 || written > 0);
            content.Append(Encoding.Latin1.GetString(output, 0, written));
            offset += consumed;
        }
        return (content.ToString(), text[offset..], decoder.HasBareLineEnd, decoder.IsEnd);
    }

    [Theory]
    [InlineData(".\r\nQUIT\r\n", "", "QUIT\r\n", false)]
    [InlineData("a\r\n.\r\nQUIT\r\n", "a\r\n", "QUIT\r\n", false)]
    [InlineData("..\r\n.\r\n", ".\r\n", "", false)]
    [InlineData("..a\r\n.b\r\na.b\r\n.\r\n", ".a\r\nb\r\na.b\r\n", "", false)]
    [InlineData("\r\n\r\n.\r\n", "\r\n\r\n", "", false)]
    // What must not end the message, though lax servers take it so.
    [InlineData("a\n.\nb\r\n.\r\n", "a\n.\nb\r\n", "", true)]
    [InlineData("a\r\n.\nMAIL\r\n.\r\n", "a\r\n\nMAIL\r\n", "", true)]
    [InlineData("a\n.\r\nMAIL\r\n.\r\n", "a\n.\r\nMAIL\r\n", "", true)]
    [InlineData("a\r.\rb\r\n.\r\n", "a\r.\rb\r\n", "", true)]
    [InlineData("a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n", "", true)]
    [InlineData("a\r\n.\r\r\n.\r\n", "a\r\n\r\r\n", "", true)]
    [InlineData("a\r\r\n.\r\n", "a\r\r\n", "", true)]
    public void Only_the_true_end_ends(string text, string content, string rest, bool bare)
    {
        foreach (var piece in new[] { 1, 2, 3, 100 })
        {
            foreach (var room in new[] { 1, 2, 100 })
                Assert.Equal((content, rest, bare, true), Decode(text, piece, room));
        }
    }

    [Fact]
    public void Stuffing_and_unstuffing_are_inverse_for_random_texts()
    {
        var random = new Random(20);
        for (var round = 0; round < 2000; round++)
        {
            var lines = Enumerable.Range(0, random.Next(6)).Select(_ =>
                new string([.. Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(2) == 0 ? '.' : 'x')])).ToList();
            var content = string.Concat(lines.Select(line => line + "\r\n"));
            var stuffed = string.Concat(lines.Select(line => (line.StartsWith('.') ? "." : "") + line + "\r\n")) + ".\r\nrest";
            Assert.Equal((content, "rest", false, true), Decode(stuffed, random.Next(1, 9), random.Next(1, 9)));
        }
    }
}
