using System.Text;
using UnifiedMsg.Access.Imap.Wire;

namespace UnifiedMsg.Access.Tests.Imap;

public sealed class WireTests
{
    [Theory]
    [InlineData("Entwürfe", "Entw&APw-rfe")]
    [InlineData("A & B", "A &- B")]
    [InlineData("日本語", "&ZeVnLIqe-")]
    [InlineData("plain/name", "plain/name")]
    public void NamesInModifiedUtf7(string name, string encoded)
    {
        Assert.Equal(encoded, MailboxName.Encode(name));
        Assert.True(MailboxName.TryDecode(encoded, out var decoded));
        Assert.Equal(name, decoded);
    }

    [Theory]
    [InlineData("&")]
    [InlineData("&AG")]
    [InlineData("&AGE-")]
    [InlineData("&!!-")]
    public void MalformedNames(string encoded) => Assert.False(MailboxName.TryDecode(encoded, out _));

    [Theory]
    [InlineData("*", "a/b", true)]
    [InlineData("%", "a/b", false)]
    [InlineData("%/%", "a/b", true)]
    [InlineData("a*b", "a/x/b", true)]
    [InlineData("inbox/*", "INBOX/x", true)]
    [InlineData("InBoX", "INBOX", true)]
    [InlineData("a%", "b", false)]
    public void Patterns(string pattern, string name, bool matches) => Assert.Equal(matches, ListPattern.Matches(pattern, name));

    [Theory]
    [InlineData("2:4", "3,4")]
    [InlineData("*", "9")]
    [InlineData("9:4,3", "3,4,9")]
    [InlineData("10:*", "9")]
    [InlineData("1,3,3:3", "3")]
    public void SetsOfUids(string text, string expected)
    {
        Assert.True(SequenceSet.TryParse(new WireReader(Encoding.ASCII.GetBytes(text)), out var set));
        Assert.Equal(expected, string.Join(',', set.SelectUids([3, 4, 9])));
    }

    [Fact]
    public void SetsAreWrittenWithRanges() => Assert.Equal("1:3,5,9:10", UidSet.Format([1, 2, 3, 5, 9, 10]));
}
