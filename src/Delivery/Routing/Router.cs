using UnifiedMsg.Accounts;

namespace UnifiedMsg.Delivery.Routing;

/// <summary>Where mail for an address goes.</summary>
/// <param name="Kind">Which of the three.</param>
/// <param name="Accounts">The mailboxes, when local.</param>
/// <param name="Domain">The address's domain, lower case, international names in their ASCII form; empty when there is none.</param>
public readonly record struct Route(RouteKind Kind, IReadOnlyList<Account> Accounts, string Domain);

/// <summary>What can become of mail for an address.</summary>
public enum RouteKind
{
    /// <summary>The domain is ours, but nobody has the address.</summary>
    Unknown,

    /// <summary>It ends in mailboxes of ours.</summary>
    Local,

    /// <summary>Another server has it.</summary>
    Remote,
}

/// <summary>Decides where mail for an address goes; the same answer at RCPT and at delivery.</summary>
public sealed class Router
{
    private readonly IAccounts _accounts;
    private readonly HashSet<string> _domains;
    private readonly string? _postmaster;

    /// <summary>Routes by the directory and the domains that are ours.</summary>
    public Router(DeliveryOptions options, IAccounts accounts)
    {
        _accounts = accounts;
        _domains = new HashSet<string>(options.Domains.Select(DomainName.Normalize), StringComparer.Ordinal);
        _postmaster = options.Postmaster;
    }

    /// <summary>Where mail for <paramref name="address"/> goes.</summary>
    public async ValueTask<Route> FindAsync(string address, CancellationToken cancellationToken = default)
    {
        var at = address.LastIndexOf('@');
        var domain = at < 0 ? "" : DomainName.Normalize(address[(at + 1)..]);
        var local = at < 0 ? address : address[..at];
        var isPostmaster = local.Equals("postmaster", StringComparison.OrdinalIgnoreCase);
        // RFC 5321 §4.1.1.3: postmaster is the one name that may come without a domain.
        if (at >= 0 && !_domains.Contains(domain))
            return new Route(RouteKind.Remote, [], domain);
        if (at < 0 && !isPostmaster)
            return new Route(RouteKind.Unknown, [], domain);
        var accounts = at < 0 ? [] : await ResolveAsync(local, domain, cancellationToken);
        if (accounts.Count == 0 && isPostmaster && _postmaster is not null)
            accounts = await _accounts.ResolveAsync(_postmaster, cancellationToken);
        return new Route(accounts.Count == 0 ? RouteKind.Unknown : RouteKind.Local, accounts, domain);
    }

    // RFC 5233: alice+anything is alice unless somebody has that very address.
    private async ValueTask<IReadOnlyList<Account>> ResolveAsync(string local, string domain, CancellationToken cancellationToken)
    {
        var exact = await _accounts.ResolveAsync($"{local}@{domain}", cancellationToken);
        var plus = local.IndexOf('+', StringComparison.Ordinal);
        return exact.Count > 0 || plus <= 0
            ? exact
            : await _accounts.ResolveAsync($"{local[..plus]}@{domain}", cancellationToken);
    }
}
