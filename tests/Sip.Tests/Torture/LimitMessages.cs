using System.Text;
using static UnifiedMsg.Sip.Tests.Torture.Variations;

namespace UnifiedMsg.Sip.Tests.Torture;

/// <summary>Frames, limits and rubbish: what is longer, shorter or emptier than a message should be (RFC 3261 §7.5, §18.3).</summary>
internal static class LimitMessages
{
    private static readonly byte[] Whole = Encoding.UTF8.GetBytes(Good.ReplaceLineEndings("\r\n") + "\r\n\r\n");

    public static IEnumerable<TortureMessage> Messages => [.. Long, .. Frames, .. Rubbish];

    private static IEnumerable<TortureMessage> Long =>
    [
        With("name of a header field of 10,000 octets", "RFC 3261 §21.5.14", [513], "Contact:", new string('N', 10_000) + ": x\nContact:"),
        With("value of a header field of 20,000 octets", "RFC 3261 §21.5.14", [513], "Contact:", $"X: {new string('x', 20_000)}\nContact:"),
        With("header field of 20,000 octets in folds", "RFC 3261 §21.5.14", [513], "Contact:", $"X: {string.Concat(Enumerable.Repeat("abc\n ", 4_000))}x\nContact:"),
        With("10,000 header fields", "RFC 3261 §21.5.14", [513], "Contact:", string.Concat(Enumerable.Repeat("a:b\n", 10_000)) + "Contact:") with { EndsStream = true },
        With("header fields of 40,000 octets", "RFC 3261 §21.5.14", [513], "Contact:", string.Concat(Enumerable.Range(0, 10).Select(i => $"X-{i}: {new string('x', 4_000)}\n")) + "Contact:") with { EndsStream = true },
        Served("190 header fields", "RFC 3261 §7.3", "Contact:", string.Concat(Enumerable.Range(0, 181).Select(i => $"X-{i}: x\n")) + "Contact:"),
        Served("address of 5,000 octets", "RFC 3261 §19.1.1", "Bob <sip:bob@", $"Bob <sip:{new string('b', 5_000)}@"),
        Served("90 Contacts", "RFC 3261 §20.10", "Contact: ", "Contact: " + string.Concat(Enumerable.Range(0, 89).Select(i => $"<sip:{i}@h.example.test>,"))),
        With("150 Contacts", "RFC 3261 §21.5.14", [513], "Contact: ", "Contact: " + string.Concat(Enumerable.Range(0, 149).Select(i => $"<sip:{i}@h.example.test>,"))),
        With("8,000 commas", "RFC 3261 §21.5.14", [513], "Contact:", $"Supported: {new string(',', 8_000)}\nContact:"),
        With("method of 3,000 letters", "RFC 3261 §21.5.2", [501], "OPTIONS", new string('M', 3_000)),
        Refused("65 parameters of From", "RFC 3261 §21.4.1", ";tag=", string.Concat(Enumerable.Range(0, 65).Select(i => $";p{i}")) + ";tag="),
        Refused("host of 300 characters", "RFC 3261 §25.1", "um.example.test SIP", $"{string.Join('.', Enumerable.Repeat("abcdefghi", 30))}.test SIP"),
        With("a fold of 20,000 blanks", "RFC 3261 §21.5.14", [513], "Contact:", $"Subject: a\n{new string(' ', 20_000)}b\nContact:"),
    ];

    private static IEnumerable<TortureMessage> Frames =>
    [
        Served("fold within Content-Length", "RFC 3261 §7.3.1", "Content-Length: 0", "Content-Length\t:\n\t0"),
        Served("compact Content-Length with spaces", "RFC 3261 §7.3.3", "Content-Length: 0", "l   :   0   "),
        With("Content-Length of nothing", "RFC 3261 §20.14", [400], "Length: 0", "Length:") with { EndsStream = true },
        With("Content-Length in hexadecimal", "RFC 3261 §20.14", [400], "Length: 0", "Length: 0x0") with { EndsStream = true },
        With("Content-Length with a fraction", "RFC 3261 §20.14", [400], "Length: 0", "Length: 0.0") with { EndsStream = true },
        With("Content-Length of 2^31", "RFC 3261 §20.14", [400], "Length: 0", "Length: 2147483648") with { EndsStream = true },
        With("Content-Length of 2^32", "RFC 3261 §20.14", [400], "Length: 0", "Length: 4294967296") with { EndsStream = true },
        With("Content-Length of digits that are not ASCII", "RFC 3261 §20.14", [400], "Length: 0", "Length: ٠") with { EndsStream = true },
        With("Content-Length of two words", "RFC 3261 §20.14", [400], "Length: 0", "Length: 0 0") with { EndsStream = true },
        With("two equal Content-Lengths", "RFC 3261 §7.3.1", [400], "Length: 0", "Length: 0\nContent-Length: 0") with { EndsStream = true },
        Raw("a dozen line breaks before the message", "RFC 3261 §7.5", [200], [.. Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("\r\n", 12))), .. Whole]),
        Raw("an odd number of line breaks before the message", "RFC 3261 §7.5", [200], [.. "\r\n\r\n\r\n"u8, .. Whole]),
        Raw("line breaks behind the message", "RFC 5626 §3.5.1", [200], [.. Whole, .. "\r\n\r\n\r\n\r\n"u8]),
        Raw("NULs behind the message", "RFC 3261 §18.3", [200], [.. Whole, .. new byte[100]]),
        Raw("header fields without end", "RFC 3261 §7", [400], Whole[..^2]) with { StreamStatuses = [] },
        Raw("header fields cut off in a name", "RFC 3261 §7", [400], [.. Whole[..^2], .. "Subj"u8]) with { StreamStatuses = [] },
        Raw("message cut off in the middle", "RFC 3261 §7", [400], Whole[..(Whole.Length / 2)]) with { StreamStatuses = [] },
    ];

    private static IEnumerable<TortureMessage> Rubbish =>
    [
        Raw("a start line alone", "RFC 3261 §8.1.1", [], [.. Whole.AsSpan(0, Whole.AsSpan().IndexOf("\r\n"u8) + 2), .. "\r\n"u8]) with { EndsStream = true },
        Raw("one line break", "RFC 5626 §3.5.1", [], "\r\n"u8.ToArray()),
        Raw("a line break and a half", "RFC 3261 §7.5", [], "\r\n\r"u8.ToArray()),
        Raw("4,000 line breaks", "RFC 3261 §7.5", [], Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("\r\n", 4_000)))),
        Raw("blanks", "RFC 3261 §7", [], Encoding.ASCII.GetBytes(new string(' ', 500))),
        Raw("NULs", "RFC 3261 §7", [], new byte[500]),
        Raw("one octet", "RFC 3261 §7", [], "O"u8.ToArray()),
        Raw("half a word", "RFC 3261 §7", [], "OPTI"u8.ToArray()),
        Raw("a binding request", "RFC 5626 §3.5.2", [], [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, .. new byte[12]]),
        Raw("a datagram of RTP", "RFC 7983 §7", [], [0x80, 0, 0, 1, .. new byte[168]]),
        Raw("a hello of TLS", "RFC 7983 §7", [], [0x16, 3, 1, 0, 0xA5, 1, 0, 0, 0xA1, 3, 3, .. new byte[159]]),
        Raw("a NUL before the message", "RFC 3261 §7", [], [0, .. Whole]),
        Raw("a byte order mark before the message", "RFC 3261 §7", [400], [0xEF, 0xBB, 0xBF, .. Whole]),
        Raw("letters in two octets each", "RFC 3261 §7", [], Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(Whole))),
    ];

    private static TortureMessage Raw(string name, string place, int[] statuses, byte[] octets) => new(name, place, octets, statuses);
}
