using System.Net;
using System.Text;
using UnifiedMsg.Media.Ice;

namespace UnifiedMsg.Media.Tests.Ice;

public sealed class StunMessageTests
{
    // RFC 5769 §2.1: a request of ICE with short-term credentials.
    private const string Request =
        "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36"
        + "000600096576746a3a6836765920202000080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf";

    // RFC 5769 §2.2: its response, from 192.0.2.1:32853.
    private const string Response =
        "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a64300080014"
        + "2b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96";

    private static readonly byte[] Key = Encoding.ASCII.GetBytes("VOkJxbRl1RmTxUk/WvJxBt");

    [Fact]
    public void Request_of_the_rfc_is_read_and_believed()
    {
        Assert.True(StunMessage.TryParse(Octets(Request), out var message));
        Assert.Equal(StunMessage.BindingRequest, message.Type);
        Assert.True(message.TryFind(StunAttribute.Username, out var name));
        Assert.Equal("evtj:h6vY", Encoding.ASCII.GetString(name));
        Assert.True(message.IsFrom(Key));
        Assert.False(message.IsFrom("another"u8));
    }

    [Fact]
    public void Response_of_the_rfc_is_read_and_believed()
    {
        Assert.True(StunMessage.TryParse(Octets(Response), out var message));
        Assert.Equal(StunMessage.BindingSuccess, message.Type);
        Assert.True(message.IsFrom(Key));
        Assert.True(message.TryFind(StunAttribute.XorMappedAddress, out var address));
        Span<byte> buffer = stackalloc byte[StunWriter.MaxLength];
        var writer = new StunWriter(buffer, StunMessage.BindingSuccess, message.Transaction);
        writer.AddMappedAddress(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 32853).Serialize());
        Assert.True(StunMessage.TryParse(buffer[..writer.Length], out var written));
        Assert.True(written.TryFind(StunAttribute.XorMappedAddress, out var ours));
        Assert.True(ours.SequenceEqual(address));
    }

    // RFC 5769 §2.3: the address of its IPv6 response.
    [Theory]
    [InlineData("2001:db8:1234:5678:11:2233:4455:6677", "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9")]
    [InlineData("::ffff:192.0.2.1", "0001a147e112a643")]
    public void Addresses_of_both_families_are_told(string address, string expected)
    {
        Span<byte> buffer = stackalloc byte[StunWriter.MaxLength];
        var writer = new StunWriter(buffer, StunMessage.BindingSuccess, Convert.FromHexString("2112a442b7e7a701bc34d686fa87dfae"));
        writer.AddMappedAddress(new IPEndPoint(IPAddress.Parse(address), 32853).Serialize());
        Assert.True(StunMessage.TryParse(buffer[..writer.Length], out var message));
        Assert.True(message.TryFind(StunAttribute.XorMappedAddress, out var value));
        Assert.Equal(expected, Convert.ToHexString(value), ignoreCase: true);
    }

    [Fact]
    public void Any_changed_octet_is_noticed()
    {
        foreach (var text in new[] { Request, Response })
        {
            var octets = Octets(text);
            for (var i = 0; i < octets.Length; i++)
            {
                octets[i] ^= 4;
                Assert.False(StunMessage.TryParse(octets, out var message) && message.IsFrom(Key), $"octet {i}");
                octets[i] ^= 4;
                Assert.False(StunMessage.TryParse(octets.AsSpan(0, i), out _));
            }
        }
    }

    // What is behind the proof is not proved (RFC 8489 §14.5).
    [Fact]
    public void Nothing_may_follow_the_proof()
    {
        var octets = Octets(Request);
        byte[] more = [.. octets.AsSpan(0, octets.Length - 8), 0, 0x25, 0, 0];
        more[3] = (byte)(more.Length - 20);
        Assert.False(StunMessage.TryParse(more, out _));
    }

    private static byte[] Octets(string text) => Convert.FromHexString(text.Replace(" ", ""));
}
