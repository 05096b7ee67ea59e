using System.Text;

namespace UnifiedMsg.Fuzz;

/// <summary>IMAP arguments from hostile octets.</summary>
public sealed class ImapFuzz
{
    private static readonly byte[][] Corpus =
    [
        .. new[]
        {
            "(FLAGS UID BODY.PEEK[1.2.HEADER.FIELDS (To \"From\")]<0.10> BINARY.SIZE[1] RFC822)", "FULL", "BODY[HEADER.FIELDS.NOT ({3}\r\nabc)]",
            "RETURN (MIN MAX SAVE) CHARSET UTF-8 OR (SEEN NOT 1:*) HEADER x {2}\r\nab SINCE 1-Feb-2026", "MODSEQ \"/flags/\\\\draft\" all 7 $",
            " INBOX (\\Seen $Work) \" 1-Feb-2026 03:04:05 +0100\" UTF8 (~{10+}", "x APPEND {5}\r\nINBOX {3}", "1,2:4,*:9,7", "\"Entw&APw-rfe/%*\"",
            "(\\Answered \\Recent keyword)", "{18446744073709551616}", "~{3+}",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    [Fact]
    public void MutatedArguments() => Mutations.Run(ImapTargets.Arguments, Corpus, 50_000);
}
