using System.Text;

namespace UnifiedMsg.Fuzz;

/// <summary>The SMTP server's parsers over hostile octets.</summary>
public sealed class SmtpFuzz
{
    private static byte[][] Corpus(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    [Fact]
    public void MutatedPaths() => Mutations.Run(SmtpTargets.Path, Corpus(
        "<alice@example.test> SIZE=1 BODY=8BITMIME SMTPUTF8", "<>", "<\"a \\\" b\"@example.test> AUTH=<>", "<@r.test:alice@[192.0.2.1]>",
        "<alice@[IPv6:2001:db8::1]>", "<Postmaster>", "<jörg@exämple.test>", "<\"a>b@c\"@example.test>"), 20_000);

    [Fact]
    public void MutatedMessages() => Mutations.Run(SmtpTargets.Dots, Corpus(
        ".\r\n", "a\r\n.\r\nQUIT\r\n", "..a\r\n.b\r\n.\r\n", "a\n.\n\r\n.\r\n", "a\r.\r\r\n.\r\n", "\r\n\r\n.\r\r\n.\r\n"), 20_000);

    [Fact]
    public void MutatedHeaders() => Mutations.Run(SmtpTargets.Header, Corpus(
        "Return-Path: <a>\r\nReceived: a\r\n\tb\r\nBcc: c\r\n\r\nbody", "A: 1\nB : 2\n\n", " A: 1\r\n", "no field\r\n", "A: 1"), 20_000);
}
