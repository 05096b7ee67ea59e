using System.Net;

namespace UnifiedMsg.Delivery.Queue;

/// <summary>Finds the servers that take a domain's mail.</summary>
public interface IMailExchangers
{
    /// <summary>The domain's servers, best first. RFC 5321 §5.1.</summary>
    ValueTask<ExchangerResult> FindAsync(string domain, CancellationToken cancellationToken);

    /// <summary>The addresses of a host, in the order in which to try them; empty when there are none now.</summary>
    ValueTask<IReadOnlyList<IPAddress>> FindAddressesAsync(string host, CancellationToken cancellationToken);
}

/// <summary>What DNS says of a domain's mail.</summary>
/// <param name="Status">What was found.</param>
/// <param name="Hosts">The servers, best first.</param>
/// <param name="Reason">For people, when there are none.</param>
public sealed record ExchangerResult(ExchangerStatus Status, IReadOnlyList<string> Hosts, string Reason = "");

/// <summary>The outcome of a look-up of mail exchangers.</summary>
public enum ExchangerStatus
{
    /// <summary>There are servers.</summary>
    Found,

    /// <summary>The domain says that it takes no mail. RFC 7505.</summary>
    NullMx,

    /// <summary>There is no such domain.</summary>
    NoSuchDomain,

    /// <summary>DNS did not answer; another time it may.</summary>
    Unavailable,
}
