using System.Text;

namespace UnifiedMsg.Mime.Tests;

public sealed class MessageSummarizerTests
{
    private static readonly byte[] Nested = Lines.Of(
        "From: Alice Example <alice@example.test>",
        "To: bob@example.test",
        "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
        " and more",
        "Content-Type: multipart/mixed; boundary=\"outer\"",
        "",
        "preamble",
        "--outer",
        "Content-Type: multipart/alternative; boundary=inner",
        "",
        "--inner",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "Hello =C3=A9t=C3=A9,",
        "  second   line",
        "--inner",
        "Content-Type: text/html",
        "",
        "<p>Hello</p>",
        "--inner--",
        "inner epilogue",
        "--outer",
        "Content-Type: message/rfc822",
        "Content-Disposition: attachment; filename=\"a b.eml\"",
        "",
        "Subject: inside",
        "From: bob@example.test",
        "",
        "inner text",
        "--outer--",
        "epilogue");

    [Fact]
    public void PartsLieWhereTheSummarySays()
    {
        var summary = MessageSummarizer.Summarize(Nested);
        var root = summary.Body;
        Assert.Equal("multipart", root.Type);
        Assert.Equal(Nested.Length, root.BodyOffset + root.BodyLength);
        Assert.StartsWith("preamble\r\n", Lines.Body(Nested, root));
        Assert.Equal(2, root.Children.Count);
        var alternative = root.Children[0];
        Assert.Equal("alternative", alternative.Subtype);
        Assert.EndsWith("--inner--\r\ninner epilogue", Lines.Body(Nested, alternative));
        var plain = alternative.Children[0];
        Assert.Equal("Hello =C3=A9t=C3=A9,\r\n  second   line", Lines.Body(Nested, plain));
        Assert.Equal(1, plain.Lines);
        Assert.StartsWith("Content-Type: text/plain", Lines.Slice(Nested, plain.HeaderOffset, plain.BodyOffset - plain.HeaderOffset));
        Assert.Equal("<p>Hello</p>", Lines.Body(Nested, alternative.Children[1]));
        var attached = root.Children[1];
        Assert.Equal(("message", "rfc822"), (attached.Type, attached.Subtype));
        Assert.Equal("attachment", attached.Disposition);
        Assert.Equal(new KeyValuePair<string, string>("filename", "a b.eml"), Assert.Single(attached.DispositionParameters));
        Assert.Equal("inside", attached.Envelope!.Subject);
        var inner = Assert.Single(attached.Children);
        Assert.Equal("inner text", Lines.Body(Nested, inner));
        Assert.Equal(attached.BodyOffset, inner.HeaderOffset);
    }

    [Fact]
    public void EnvelopeKeepsEncodedWordsAndFillsSenderAndReplyTo()
    {
        var envelope = MessageSummarizer.Summarize(Nested).Envelope;
        Assert.Equal("=?utf-8?q?Gr=C3=BC=C3=9Fe?= and more", envelope.Subject);
        var from = new EnvelopeAddress("Alice Example", "alice", "example.test");
        Assert.Equal([from], envelope.From);
        Assert.Equal([from], envelope.Sender);
        Assert.Equal([from], envelope.ReplyTo);
        Assert.Null(envelope.MessageId);
    }

    [Fact]
    public void PreviewIsDecodedFoldedText() => Assert.Equal("Hello été, second line", MessageSummarizer.Summarize(Nested).Preview);

    [Fact]
    public void HtmlPreviewHasNoMarkup()
    {
        var message = Lines.Of(
            "Content-Type: text/html; charset=iso-8859-1", "Content-Transfer-Encoding: base64", "",
            Convert.ToBase64String(Encoding.Latin1.GetBytes("<style>p{}</style><p>Caf\u00e9 &amp; <b>cake</b></p>")));
        Assert.Equal("Café & cake", MessageSummarizer.Summarize(message).Preview);
    }

    [Fact]
    public void AStreamGivesTheSameSummaryAsMemoryWhateverTheReadSizes()
    {
        var large = Lines.Of(
            "Subject: large", "Content-Type: multipart/mixed; boundary=b", "", "--b", "", new string('x', 200_000), "--b", "",
            string.Join("\r\n", Enumerable.Repeat(new string('y', 76), 5000)), "--b--");
        foreach (var message in new[] { Nested, large })
        {
            var expected = MessageSummaryCodec.Encode(MessageSummarizer.Summarize(message));
            using var whole = new MemoryStream(message);
            Assert.Equal(expected, MessageSummaryCodec.Encode(MessageSummarizer.Summarize(whole)));
            using var trickled = new TrickleStream(message, 977);
            Assert.Equal(expected, MessageSummaryCodec.Encode(MessageSummarizer.Summarize(trickled)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("no header at all")]
    [InlineData("Content-Type: multipart/mixed\r\n\r\nno boundary")]
    [InlineData("Content-Type: multipart/mixed; boundary=x\r\n\r\nnever there")]
    [InlineData("Content-Type: ;;;\r\n\r\ntext")]
    [InlineData("Content-Type: text\r\n\r\ntext")]
    public void BrokenMimeIsPlainText(string text)
    {
        var body = MessageSummarizer.Summarize(Encoding.UTF8.GetBytes(text)).Body;
        Assert.Equal(("text", "plain"), (body.Type, body.Subtype));
        Assert.Equal(new KeyValuePair<string, string>("charset", "us-ascii"), Assert.Single(body.Parameters));
        Assert.Equal(text.Length, body.BodyOffset + body.BodyLength);
    }

    [Fact]
    public void NestingIsBounded()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 2000; i++) text.Append($"Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n");
        var part = MessageSummarizer.Summarize(Encoding.ASCII.GetBytes(text.ToString())).Body;
        var depth = 0;
        for (; part.Children.Count > 0; part = part.Children[0]) depth++;
        Assert.Equal(SummaryLimits.MaxDepth, depth);
        Assert.Equal("octet-stream", part.Subtype);
    }

    [Fact]
    public void TheNumberOfPartsIsBounded()
    {
        var message = Encoding.ASCII.GetBytes(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + string.Concat(Enumerable.Repeat("--b\r\n\r\nx\r\n", 3000)));
        Assert.Equal(SummaryLimits.MaxParts - 1, MessageSummarizer.Summarize(message).Body.Children.Count);
    }

    [Fact]
    public void AnEndlessHeaderIsCutOffButItsEndIsFound()
    {
        var message = Encoding.ASCII.GetBytes("Subject: s\r\nX: " + new string('a', 3_000_000) + "\r\n\r\nbody");
        using var stream = new MemoryStream(message);
        var summary = MessageSummarizer.Summarize(stream);
        Assert.Equal("s", summary.Envelope.Subject);
        Assert.Equal("body", Lines.Body(message, summary.Body));
    }

    [Fact]
    public void DigestPartsAreMessages()
    {
        var message = Lines.Of("Content-Type: multipart/digest; boundary=d", "", "--d", "", "Subject: one", "", "text", "--d--");
        var child = Assert.Single(MessageSummarizer.Summarize(message).Body.Children);
        Assert.Equal("rfc822", child.Subtype);
        Assert.Equal("one", child.Envelope!.Subject);
    }

    [Fact]
    public void BareLineFeedsAndBoundariesThatPrefixEachOther()
    {
        var message = Encoding.ASCII.GetBytes("Content-Type: multipart/mixed; boundary=ab\n\n--ab\n\none\n--abc\nstill one\n--ab  \n\ntwo\n--ab--\n");
        var children = MessageSummarizer.Summarize(message).Body.Children;
        Assert.Equal(["one\n--abc\nstill one", "two"], children.Select(c => Lines.Body(message, c)));
    }

    [Fact]
    public void RawParametersAreKept()
    {
        var message = Lines.Of("Content-Type: Text/PLAIN; Charset=UTF-8 (comment); name*0*=utf-8''a%20; name*1=b.txt; x=a b", "", "");
        Assert.Equal(
            [new("charset", "UTF-8"), new("name*0*", "utf-8''a%20"), new("name*1", "b.txt"), new("x", "a b")],
            MessageSummarizer.Summarize(message).Body.Parameters);
    }

    // The runtime knows UTF-7 by name and refuses to decode it.
    [Theory]
    [InlineData("utf-7")]
    [InlineData("no-such-charset")]
    public void ACharsetThatCanNotBeDecodedIsNoFault(string charset)
    {
        var message = Lines.Of($"Content-Type: text/plain; charset={charset}", "", "hello");
        Assert.Equal("hello", MessageSummarizer.Summarize(message).Preview);
    }

    // What a header costs grows with its length, not with its length squared.
    [Theory]
    [InlineData("Content-Type: text/plain; a=", "/")]
    [InlineData("Content-Type: text/plain; a=", "b ")]
    [InlineData("", "To:\n")]
    [InlineData("To: ", "<>")]
    [InlineData("To: ", "(a)")]
    public void AHostileHeaderCostsLittleMoreThanItsLength(string start, string repeated)
    {
        const int Length = 100_000;
        var header = start + string.Concat(Enumerable.Repeat(repeated, Length / repeated.Length));
        var message = Encoding.ASCII.GetBytes(header + "\r\n\r\n");
        var before = GC.GetAllocatedBytesForCurrentThread();
        MessageSummarizer.Summarize(message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300L * Length);
    }
}
