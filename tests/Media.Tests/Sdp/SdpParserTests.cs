using System.Text;
using UnifiedMsg.Media.Sdp;

namespace UnifiedMsg.Media.Tests.Sdp;

public sealed class SdpParserTests
{
    private const string Whole = """
        v=0
        o=alice 2890844526 2890844527 IN IP4 192.0.2.10
        s=A call
        c=IN IP4 192.0.2.10
        t=0 0
        a=sendrecv
        m=audio 49170 RTP/AVP 0 8 97
        a=rtpmap:97 iLBC/8000
        a=ptime:30
        m=video 51372 RTP/AVP 31
        c=IN IP4 192.0.2.11
        """;

    [Fact]
    public void Reads_session_and_streams()
    {
        var session = Parse(Whole);
        Assert.Equal(new SdpOrigin("alice", "2890844526", "2890844527", "192.0.2.10"), session.Origin);
        Assert.Equal("A call", session.Name);
        Assert.Equal("192.0.2.10", session.Connection);
        Assert.Equal("sendrecv", Assert.Single(session.Attributes).Name);
        Assert.Equal(2, session.Media.Count);
        Assert.Equal(49170, session.Media[0].Port);
        Assert.Equal(["0", "8", "97"], session.Media[0].Formats);
        Assert.Equal("30", session.Media[0].Attribute("ptime"));
        Assert.Equal("192.0.2.11", session.Media[1].Connection);
    }

    [Fact]
    public void Takes_bare_line_feeds_and_crlf_alike() =>
        Assert.Equal(
            SdpWriter.Write(Parse(Whole.ReplaceLineEndings("\n"))), SdpWriter.Write(Parse(Whole.ReplaceLineEndings("\r\n"))));

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        var text = SdpWriter.Write(Parse(Whole));
        Assert.Equal(text, SdpWriter.Write(Parse(Encoding.UTF8.GetString(text))));
        Assert.StartsWith("v=0\r\no=alice 2890844526 2890844527 IN IP4 192.0.2.10\r\ns=A call\r\n", Encoding.UTF8.GetString(text));
    }

    [Fact]
    public void Writes_the_address_family()
    {
        var session = Parse(Whole.Replace("192.0.2.10", "2001:db8::1").Replace("IP4 2001", "IP6 2001"));
        Assert.Contains("c=IN IP6 2001:db8::1\r\n", Encoding.UTF8.GetString(SdpWriter.Write(session)));
    }

    [Theory]
    [InlineData("", "origin")]
    [InlineData("v=1\n", "v=0")]
    [InlineData("o=- 1 1 IN IP4 127.0.0.1\n", "v=0")]
    [InlineData("v=0\nnonsense\n", "malformed line")]
    [InlineData("v=0\na=x\ry\n", "control character")]
    [InlineData("v=0\no=- 1 1 IN IP4 127.0.0.1\nm=audio\0 4000 RTP/AVP 0\n", "control character")]
    [InlineData("v=0\no=- 1 1 IN IP4\n", "origin")]
    [InlineData("v=0\no=- 1 1 IN IP4 127.0.0.1\nc=IN IPX 127.0.0.1\n", "connection")]
    [InlineData("v=0\no=- 1 1 IN IP4 127.0.0.1\nm=audio 65536 RTP/AVP 0\n", "media")]
    [InlineData("v=0\no=- 1 1 IN IP4 127.0.0.1\nm=audio -1 RTP/AVP 0\n", "media")]
    [InlineData("v=0\no=- 1 1 IN IP4 127.0.0.1\nm=audio 4000 RTP/AVP\n", "media")]
    public void Refuses_what_is_malformed(string text, string word)
    {
        Assert.False(SdpParser.TryParse(Encoding.UTF8.GetBytes(text), out _, out var error));
        Assert.Contains(word, error);
    }

    [Fact]
    public void Refuses_more_streams_and_lines_than_it_has_room_for()
    {
        var head = "v=0\no=- 1 1 IN IP4 127.0.0.1\n";
        Refused(head + string.Concat(Enumerable.Repeat("m=audio 4000 RTP/AVP 0\n", SdpParser.MaxMedia + 1)), "too many media");
        Refused(head + string.Concat(Enumerable.Repeat("a=x\n", SdpParser.MaxLines)), "too many lines");
        Refused(head + new string('x', SdpParser.MaxLength), "too long");
    }

    private static void Refused(string text, string word)
    {
        Assert.False(SdpParser.TryParse(Encoding.UTF8.GetBytes(text), out _, out var error));
        Assert.Contains(word, error);
    }

    internal static SessionDescription Parse(string text)
    {
        Assert.True(SdpParser.TryParse(Encoding.UTF8.GetBytes(text), out var session, out var error), error);
        return session;
    }
}
