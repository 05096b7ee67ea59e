using System.Buffers;
using System.Text;
using UnifiedMsg.Delivery.Smtp.Intake;

namespace UnifiedMsg.Delivery.Tests.Smtp;

public class HeaderSectionTests
{
    [Theory]
    [InlineData("A: 1\r\nB: 2\r\n 3\r\n\r\nbody: x\r\n", "A: 1\r\nB: 2\r\n 3\r\n")]
    [InlineData("\r\nbody", "")]
    [InlineData("no header at all\r\n", "")]
    [InlineData("A: 1\r\nnot a field\r\n", "A: 1\r\n")]
    [InlineData("A: 1", "A: 1")]
    [InlineData("A : 1\r\n\r\n", "A : 1\r\n")]
    [InlineData("", "")]
    [InlineData(" A: 1\r\n", "")]
    public void The_header_ends_after_its_last_field(string message, string header)
    {
        var octets = Encoding.Latin1.GetBytes(message);
        // However the octets come, the answer is the same, and never given too early.
        for (var piece = 1; piece <= octets.Length + 1; piece++)
        {
            var scanner = default(HeaderScanner);
            var end = -1;
            for (var length = 0; end < 0; length += piece)
                end = scanner.FindEnd(octets.AsSpan(0, Math.Min(length, octets.Length)), length >= octets.Length);
            Assert.Equal(header, message[..end]);
        }
    }

    [Fact]
    public void Fields_are_counted_and_dropped_and_the_rest_is_untouched()
    {
        var output = new ArrayBufferWriter<byte>();
        const string header = "return-path: <x>\r\nReceived: a\r\n\tb\r\nRECEIVED: c\r\nBcc: secret\r\n and more\r\nDate: now\r\nX-Odd  : \r\n";
        var facts = HeaderSection.Copy(Encoding.Latin1.GetBytes(header), dropBcc: true, output);
        Assert.Equal("Received: a\r\n\tb\r\nRECEIVED: c\r\nDate: now\r\nX-Odd  : \r\n", Encoding.Latin1.GetString(output.WrittenSpan));
        Assert.Equal((2, true, false), (facts.Hops, facts.HasDate, facts.HasMessageId));
    }
}
