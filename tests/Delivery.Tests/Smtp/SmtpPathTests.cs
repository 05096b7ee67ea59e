using System.Text;
using UnifiedMsg.Delivery.Smtp.Wire;

namespace UnifiedMsg.Delivery.Tests.Smtp;

public class SmtpPathTests
{
    [Theory]
    [InlineData("<alice@example.test>", "alice@example.test", "")]
    [InlineData(" <alice@example.test> SIZE=10 X=y", "alice@example.test", " SIZE=10 X=y")]
    [InlineData("<>", "", "")]
    [InlineData("<@relay.test,@other.test:alice@example.test>", "alice@example.test", "")]
    [InlineData("<\"alice\"@example.test>", "alice@example.test", "")]
    [InlineData("<\"al ice\"@example.test>", "\"al ice\"@example.test", "")]
    [InlineData("<\"a>b\"@example.test>", "\"a>b\"@example.test", "")]
    [InlineData("<\"a@b\"@example.test>", "\"a@b\"@example.test", "")]
    [InlineData("<alice@[192.0.2.1]>", "alice@[192.0.2.1]", "")]
    [InlineData("<alice@[IPv6:2001:db8::1]>", "alice@[IPv6:2001:db8::1]", "")]
    [InlineData("<Postmaster>", "postmaster", "")]
    [InlineData("<jörg@exämple.test>", "jörg@exämple.test", "")]
    [InlineData("<a+b.c/d@example.test>", "a+b.c/d@example.test", "")]
    public void Paths_are_read(string text, string address, string rest)
    {
        Assert.True(SmtpPath.TryParse(Encoding.UTF8.GetBytes(text), out var read, out var left));
        Assert.Equal(address, read);
        Assert.Equal(rest, Encoding.UTF8.GetString(left));
    }

    [Theory]
    [InlineData("alice@example.test")]
    [InlineData("<alice@example.test")]
    [InlineData("<alice>")]
    [InlineData("<@example.test>")]
    [InlineData("<alice@>")]
    [InlineData("<.alice@example.test>")]
    [InlineData("<al..ice@example.test>")]
    [InlineData("<al ice@example.test>")]
    [InlineData("<alice@exam ple.test>")]
    [InlineData("<alice@example..test>")]
    [InlineData("<alice@example.test>x")]
    [InlineData("<alice@[300.0.0.1]>")]
    [InlineData("<alice\r\n@example.test>")]
    [InlineData("<\"alice@example.test>")]
    [InlineData("")]
    public void What_is_no_path_is_refused(string text) =>
        Assert.False(SmtpPath.TryParse(Encoding.UTF8.GetBytes(text), out _, out _));

    [Fact]
    public void The_limits_hold()
    {
        var longest = new string('a', SmtpPath.MaxLocalPartLength);
        Assert.True(SmtpPath.TryParse(Encoding.ASCII.GetBytes($"<{longest}@example.test>"), out _, out _));
        Assert.False(SmtpPath.TryParse(Encoding.ASCII.GetBytes($"<{longest}a@example.test>"), out _, out _));
        Assert.False(SmtpPath.TryParse(Encoding.ASCII.GetBytes($"<a@{new string('b', SmtpPath.MaxDomainLength + 1)}>"), out _, out _));
    }

    [Fact]
    public void Parameters_come_one_by_one()
    {
        var parameters = new EsmtpParameters(" SIZE=10  SMTPUTF8 body=8BITMIME"u8);
        Assert.True(parameters.Next() && parameters.Is("size"u8) && parameters.Value.SequenceEqual("10"u8));
        Assert.True(parameters.Next() && parameters.Is("SMTPUTF8"u8) && parameters.Value.IsEmpty);
        Assert.True(parameters.Next() && parameters.Is("BODY"u8));
        Assert.False(parameters.Next() || parameters.IsMalformed);
    }

    [Theory]
    [InlineData("=x")]
    [InlineData("SIZE=")]
    [InlineData("SI_ZE=1")]
    [InlineData("SIZE=1\u0001")]
    public void Malformed_parameters_are_seen(string text)
    {
        var parameters = new EsmtpParameters(Encoding.ASCII.GetBytes(text));
        Assert.False(parameters.Next());
        Assert.True(parameters.IsMalformed);
    }
}
