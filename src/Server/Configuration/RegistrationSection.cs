using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Server.Configuration;

/// <summary>A provider or phone system with which this server registers.</summary>
public sealed record RegistrationSection
{
    /// <summary>Its name.</summary>
    [Option("A name for logs and figures; empty for the address.", Example = "provider")]
    public string Name { get; init; } = "";

    /// <summary>The address.</summary>
    [Option("The address to register, whose calls are to come here.", Example = "sip:4930123@provider.example")]
    public string Address { get; init; } = "";

    /// <summary>The servers.</summary>
    [Option("The registrars, the preferred one first; empty for the host of the address. When one does not answer, the next is tried.",
        Example = "[\"sip:sip1.provider.example\", \"sip:sip2.provider.example;transport=tcp\"]")]
    public IReadOnlyList<SipUri> Servers { get; init; } = [];

    /// <summary>The user.</summary>
    [Option("The name to log in with; empty for the user part of the address.")]
    public string User { get; init; } = "";

    /// <summary>The password.</summary>
    [Option("File whose first line is the password; empty where none is asked for.", IsPath = true, Example = "provider.password")]
    public string PasswordFile { get; init; } = "";

    /// <summary>The time.</summary>
    [Option("How long to register for; refreshed in time.", Minimum = "60s", Maximum = "1d")]
    public TimeSpan Expires { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The proxy.</summary>
    [Option("A proxy on the way to the servers; empty for none.", Example = "sip:proxy.provider.example")]
    public string OutboundProxy { get; init; } = "";
}
