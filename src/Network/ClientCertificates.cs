namespace UnifiedMsg.Network;

/// <summary>Whether the clients of a TLS listener show a certificate.</summary>
public enum ClientCertificates
{
    /// <summary>They are not asked for one.</summary>
    None,

    /// <summary>They are asked for one, and may go without. One that nobody vouches for ends the handshake.</summary>
    Asked,

    /// <summary>Without one the handshake fails.</summary>
    Required,
}
