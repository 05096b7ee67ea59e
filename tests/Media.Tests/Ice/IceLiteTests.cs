using System.Net;
using UnifiedMsg.Media.Ice;

namespace UnifiedMsg.Media.Tests.Ice;

public sealed class IceLiteTests
{
    private static readonly IceParameters Ice = IceParameters.For("theirs");
    private readonly IceLite _lite = new(Ice);
    private readonly byte[] _response = new byte[StunWriter.MaxLength];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Check_is_answered_and_its_source_known(bool nominate)
    {
        Assert.False(_lite.Knows(From(1)));
        var request = StunRequest.For(Ice, nominate);
        Assert.Equal(nominate ? IceCheck.Nominated : IceCheck.Checked, _lite.Take(request, From(1), _response, out var length));
        Assert.True(_lite.Knows(From(1)));
        Assert.False(_lite.Knows(From(2)));
        Assert.True(StunMessage.TryParse(_response.AsSpan(0, length), out var answer));
        Assert.Equal(StunMessage.BindingSuccess, answer.Type);
        Assert.True(answer.Transaction.SequenceEqual(request.AsSpan(4, 16)));
        Assert.True(answer.IsFrom(Ice.Key));
        Assert.True(answer.TryFind(StunAttribute.XorMappedAddress, out _));
    }

    [Fact]
    public void Who_does_not_know_our_password_gets_no_answer_and_no_way()
    {
        foreach (var request in new[]
        {
            StunRequest.For(Ice, password: "guessed"), StunRequest.For(Ice, userName: "x:y"), [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, .. new byte[12]],
        })
        {
            Assert.Equal(IceCheck.Ignored, _lite.Take(request, From(1), _response, out var length));
            Assert.Equal(0, length);
        }
        Assert.False(_lite.Knows(From(1)));
    }

    [Theory]
    [InlineData(false, 0, 4, 87)]
    [InlineData(true, 0x7FFF, 4, 20)]
    public void What_can_not_be_is_refused_with_its_code(bool controls, int unknown, int hundreds, int rest)
    {
        var role = controls ? StunAttribute.IceControlling : StunAttribute.IceControlled;
        Assert.Equal(IceCheck.Ignored, _lite.Take(StunRequest.For(Ice, nominate: true, role: role, unknown: (ushort)unknown), From(1), _response, out var length));
        Assert.True(StunMessage.TryParse(_response.AsSpan(0, length), out var answer));
        Assert.Equal(StunMessage.BindingError, answer.Type);
        Assert.True(answer.TryFind(StunAttribute.ErrorCode, out var code));
        Assert.Equal([hundreds, rest], code.Slice(2, 2).ToArray().Select(octet => (int)octet));
        Assert.True(answer.IsFrom(Ice.Key));
        Assert.False(_lite.Knows(From(1)));
    }

    [Fact]
    public void Sources_are_limited()
    {
        var known = Enumerable.Range(1, 100).Count(port => _lite.Take(StunRequest.For(Ice), From(port), _response, out _) == IceCheck.Checked);
        Assert.InRange(known, 8, 32);
        Assert.Equal(IceCheck.Checked, _lite.Take(StunRequest.For(Ice), From(1), _response, out _));
    }

    [Fact]
    public void Names_and_passwords_are_as_long_as_they_must_be()
    {
        Assert.InRange(Ice.LocalName.Length, 4, 256);
        Assert.InRange(Ice.Password.Length, 22, 256);
        Assert.NotEqual(Ice.Password, IceParameters.For("theirs").Password);
        Assert.DoesNotContain(Ice.Password, Ice.ToString(), StringComparison.Ordinal);
    }

    private static SocketAddress From(int port) => new IPEndPoint(IPAddress.Loopback, port).Serialize();
}
