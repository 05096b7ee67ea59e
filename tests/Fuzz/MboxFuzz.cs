using System.Text;

namespace UnifiedMsg.Fuzz;

/// <summary>The mbox reader on files that somebody damaged, or made up.</summary>
public sealed class MboxFuzz
{
    private const string From = "From a@example.test Fri Nov 27 16:05:09 2026\n";

    private static readonly byte[][] Files =
    [
        .. new[]
        {
            $"{From}Subject: a\n\nx\n>From y\n\n{From}Subject: b\n\n\n", $"{From}Content-Length: 70\n\n{From}text\n\n{From}Subject: c\r\n\r\n",
            $"{From}X-UnifiedMsg-Item: date=2026-11-27T16:05:09.123456Z; size=16; lines=crlf; kind=1.00\nStatus: RO\nX-Status: AFDT\nX-Keywords: a b\nSubject: d\n\nz\n\n",
            $"rubbish\n\n{From}X-Mozilla-Status: 0008\nX-Mozilla-Keys: a  b\nX-IMAP: 1 2\n\n", $"{From}{From}\n{From}", "From - Sat Jan 01 12:00:00 +0100 2022\r\n\r\n",
        }.Select(Encoding.ASCII.GetBytes),
    ];

    [Fact]
    public void MutatedFiles() => Mutations.Run(MboxTargets.Reader, Files, 20_000);
}
