using System.Net;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Server.Tests.Configuration;

public sealed class EnvironmentTests
{
    [Fact]
    public void A_variable_wins_over_the_file()
    {
        var options = Parse("domains: [example.test]\nlimits: { calls: 5 }\n",
            ("UNIFIEDMSG__LIMITS__CALLS", "7"), ("UNIFIEDMSG__HOSTNAME", "um.example.test"));
        Assert.Equal(7, options.Limits.Calls);
        Assert.Equal("um.example.test", options.Hostname);
    }

    [Fact]
    public void Items_of_a_list_are_replaced_and_added_by_number()
    {
        var options = Parse("domains: [a.test]\nlisten: { imap: [\"127.0.0.1:143\"] }\n",
            ("UNIFIEDMSG__LISTEN__IMAP__1", "[::1]:143"), ("UNIFIEDMSG__LISTEN__IMAP__0", "127.0.0.1:1143"));
        Assert.Equal([IPEndPoint.Parse("127.0.0.1:1143"), IPEndPoint.Parse("[::1]:143")], options.Listen.Imap);
    }

    [Fact]
    public void A_list_can_be_given_whole()
    {
        var options = Parse("", ("UNIFIEDMSG__DOMAINS", "a.test, b.test"), ("UNIFIEDMSG__LISTEN__IMAP", "[]"));
        Assert.Equal(["a.test", "b.test"], options.Domains);
        Assert.Empty(options.Listen.Imap);
    }

    [Fact]
    public void Sections_in_a_list_are_set_key_by_key()
    {
        var registrations = Parse("domains: [a.test]",
            ("UNIFIEDMSG__SIP__REGISTRATIONS__1__NAME", "two"), ("UNIFIEDMSG__SIP__REGISTRATIONS__1__ADDRESS", "sip:b@b.test"),
            ("UNIFIEDMSG__SIP__REGISTRATIONS__0__ADDRESS", "sip:a@a.test"), ("UNIFIEDMSG__SIP__REGISTRATIONS__0__SERVERS__0", "sip:s.test")).Sip.Registrations;
        Assert.Equal(["sip:a@a.test", "sip:b@b.test"], registrations.Select(each => each.Address));
        Assert.Equal("two", registrations[1].Name);
        Assert.Equal("sip:s.test", registrations[0].Servers[0].ToString());
    }

    [Theory]
    [InlineData("UNIFIEDMSG__SIP__REGISTRATIONS__X__NAME", "a", "the parts after registrations have to be the number of an item, from 0, and a key of it")]
    [InlineData("UNIFIEDMSG__SIP__REGISTRATIONS__0", "a", "the parts after registrations have to be")]
    [InlineData("UNIFIEDMSG__HOSTNAM", "a", "UNIFIEDMSG__HOSTNAM: no such option: HOSTNAM; did you mean hostname?")]
    [InlineData("UNIFIEDMSG__LISTEN", "a", "names a section")]
    [InlineData("UNIFIEDMSG__LISTEN__IMAP__5", "127.0.0.1:1", "leaves a gap: imap has 0 items, so the next one is 0")]
    [InlineData("UNIFIEDMSG__LISTEN__IMAP__X", "127.0.0.1:1", "has to be the number of an item")]
    [InlineData("UNIFIEDMSG__DRAIN__0", "1s", "has more parts")]
    [InlineData("UNIFIEDMSG__DRAIN", "soon", "UNIFIEDMSG__DRAIN: drain: \"soon\" can't be")]
    public void A_wrong_variable_is_named(string name, string value, string expected) =>
        Assert.Contains(expected, Assert.Throws<ConfigurationException>(() => Parse("domains: [example.test]", (name, value))).Message);

    [Fact]
    public void Other_variables_are_left_alone() =>
        Assert.Equal(["a.test"], Parse("domains: [a.test]", ("UNIFIEDMSG_CONFIG", "x"), ("PATH", "y")).Domains);

    private static ServerOptions Parse(string text, params (string Name, string Value)[] environment) =>
        ConfigurationFile.Parse(text, "/etc/um/unifiedmsg.yaml", environment.ToDictionary(each => each.Name, each => each.Value));
}
