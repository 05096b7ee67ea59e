namespace UnifiedMsg.Interop.Thunderbird;

/// <summary>How the connections to the server are protected; the names are those of the scripts.</summary>
public enum Security
{
    /// <summary>TLS from the first octet.</summary>
    Tls,

    /// <summary>TLS after STARTTLS.</summary>
    StartTls,
}
