namespace UnifiedMsg.Accounts.Sasl;

/// <summary>What the server answers to one step of an exchange. RFC 4422 §3.</summary>
public abstract record SaslStep
{
    private SaslStep()
    {
    }

    /// <summary>The client is to answer this; empty octets are an empty challenge.</summary>
    public sealed record Challenge(byte[] Octets) : SaslStep;

    /// <summary>The client is who it said.</summary>
    public sealed record Success(Account Account) : SaslStep;

    /// <summary>The exchange ended without success.</summary>
    public sealed record Failure(SaslFailure Reason) : SaslStep;
}

/// <summary>Why an exchange failed. Protocols map it to their codes; what they say must not tell a wrong name from a wrong password.</summary>
public enum SaslFailure
{
    /// <summary>Name or password are wrong.</summary>
    BadCredentials,

    /// <summary>The client broke the rules of the mechanism.</summary>
    Malformed,

    /// <summary>The client asked to act for somebody else, which nobody may here.</summary>
    NotAuthorized,

    /// <summary>Too many failures of late for this account or from this address; nothing was looked at.</summary>
    TooManyFailures,
}

/// <summary>One authentication under way.</summary>
public interface ISaslExchange
{
    /// <summary>Takes the next step.</summary>
    /// <param name="response">What the client sent, decoded from base64; null at the start when it sent no initial response.</param>
    /// <param name="cancellationToken">Ends the wait for a verification.</param>
    ValueTask<SaslStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken = default);
}
