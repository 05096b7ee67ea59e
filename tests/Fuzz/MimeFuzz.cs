using System.Text;
using UnifiedMsg.Mime;

namespace UnifiedMsg.Fuzz;

/// <summary>The message summary from hostile octets, and its stored form damaged.</summary>
public sealed class MimeFuzz
{
    private static readonly byte[][] Messages =
    [
        .. new[]
        {
            "Subject: plain\n\ntext", "From: A <a@example.test>, T: b@example.test;\r\nTo: \"x\\\"\" <y@z> (c)\r\n\r\n",
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: text/html; charset=utf-16\r\n\r\n<p>&amp;\r\n--b--\r\n",
            "Content-Type: multipart/digest; boundary=\"a b\"\r\n\r\n--a b\r\n\r\nSubject: i\r\n\r\nx\r\n--a b--",
            "Content-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x--",
            "Content-Type: text/plain; name*0*=utf-8''a; name*1=b\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n",
            "Content-Disposition: attachment; filename=a b; size=1\r\nContent-Language: en,de\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    [Fact]
    public void SummaryOfMutatedMessages() => Mutations.Run(MimeTargets.Summary, Messages, 20_000);

    [Fact]
    public void MutatedStoredSummaries() =>
        Mutations.Run(MimeTargets.Stored, [.. Messages.Select(m => MessageSummaryCodec.Encode(MessageSummarizer.Summarize(m)))], 20_000);
}
