using UnifiedMsg.Delivery.Queue;

namespace UnifiedMsg.Server.Configuration;

/// <summary>How mail leaves.</summary>
public sealed record DeliverySection
{
    /// <summary>The smart host.</summary>
    [Option("A relay to hand all outgoing mail to; without one it goes to the recipients' own servers by DNS.")]
    public SmartHostSection SmartHost { get; init; } = new();
}

/// <summary>A relay for outgoing mail.</summary>
public sealed record SmartHostSection
{
    /// <summary>The host.</summary>
    [Option("Its name or address; empty for none.", Example = "relay.example.test")]
    public string Host { get; init; } = "";

    /// <summary>The port.</summary>
    [Option("Its port.", Minimum = "1", Maximum = "65535")]
    public int Port { get; init; } = 587;

    /// <summary>TLS.</summary>
    [Option("How the connection is protected: required STARTTLS, STARTTLS where offered, TLS from the first octet, or none.")]
    public SmartHostTls Tls { get; init; } = SmartHostTls.StartTls;

    /// <summary>The user.</summary>
    [Option("The name to log in with; empty for no log-in.")]
    public string User { get; init; } = "";

    /// <summary>The password file.</summary>
    [Option("File with the password; only its first line counts.", IsPath = true)]
    public string PasswordFile { get; init; } = "";
}
