namespace UnifiedMsg.Mime.Tests;

public sealed class AddressListReaderTests
{
    [Theory]
    [InlineData("alice@example.test", "|alice|example.test")]
    [InlineData("Alice <alice@example.test>, bob@example.test", "Alice|alice|example.test;|bob|example.test")]
    [InlineData("\"Example, Alice\" <alice@example.test>", "Example, Alice|alice|example.test")]
    [InlineData("alice@example.test (Alice (of) Example)", "Alice (of) Example|alice|example.test")]
    [InlineData("Joe Q. Public <john.q.public@example.test>", "Joe Q. Public|john.q.public|example.test")]
    [InlineData("<@relay.example.test,@b.example.test:alice@example.test>", "|alice|example.test")]
    [InlineData("\"odd local\"@example.test", "|odd local|example.test")]
    [InlineData("alice@[192.0.2.1]", "|alice|[192.0.2.1]")]
    [InlineData("alice", "|alice|")]
    [InlineData("<alice", "|alice|")]
    [InlineData("=?utf-8?q?=C3=89va?= <eva@example.test>", "=?utf-8?q?=C3=89va?=|eva|example.test")]
    [InlineData(",,;,", "")]
    public void Reads(string value, string expected) =>
        Assert.Equal(
            expected,
            string.Join(';', AddressListReader.Read(value).Select(a => $"{a.Name}|{a.Mailbox}|{a.Host}")));

    [Fact]
    public void GroupsHaveAStartAndAnEnd() =>
        Assert.Equal(
            [
                new EnvelopeAddress(null, "Team", null), new("Alice", "alice", "example.test"), new(null, "bob", "example.test"),
                new(null, null, null), new(null, "undisclosed-recipients", null), new(null, null, null),
            ],
            AddressListReader.Read("Team: Alice <alice@example.test>, bob@example.test; undisclosed-recipients:;"));
}
