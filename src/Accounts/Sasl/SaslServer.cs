using System.Net;
using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Accounts.Sasl;

/// <summary>Who is logging in, for limits and logs.</summary>
/// <param name="Remote">The client's address, or null when there is none (a local socket).</param>
/// <param name="ConnectionId">The name of the connection in logs.</param>
public sealed record SaslPeer(IPAddress? Remote, string ConnectionId);

/// <summary>The server side of SASL: the mechanisms, one limit on failures over all protocols, and the log of log-ins.</summary>
public sealed partial class SaslServer
{
    private readonly IAccounts _accounts;
    private readonly FailureCounter _byAddress;
    private readonly FailureCounter _byAccount;
    private readonly ILogger _logger;

    /// <summary>Makes the one server of the process.</summary>
    public SaslServer(IAccounts accounts, SaslOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        _accounts = accounts;
        _byAddress = new FailureCounter(options.MaxFailuresPerAddress, options.Window, options.MaxTracked, time);
        _byAccount = new FailureCounter(options.MaxFailuresPerAccount, options.Window, options.MaxTracked, time);
        _logger = loggers.CreateLogger<SaslServer>();
    }

    /// <summary>The mechanisms to offer, best first.</summary>
    /// <param name="plainAllowed">Whether passwords may come in the clear: under TLS, or on loopback where the protocol's options say so.</param>
    public IReadOnlyList<string> Mechanisms(bool plainAllowed) =>
        plainAllowed ? [ScramExchange.Name, PlainExchange.Name, LoginExchange.Name] : [ScramExchange.Name];

    /// <summary>Begins an exchange, or null for a mechanism that is unknown or not allowed now.</summary>
    public ISaslExchange? Begin(string mechanism, bool plainAllowed, SaslPeer peer) => mechanism.ToUpperInvariant() switch
    {
        ScramExchange.Name => new ScramExchange(this, _accounts, peer),
        PlainExchange.Name when plainAllowed => new PlainExchange(this, peer),
        LoginExchange.Name when plainAllowed => new LoginExchange(this, peer),
        _ => null,
    };

    /// <summary>Checks a name and a password that came another way (IMAP's LOGIN, POP3's PASS), under the same limits.</summary>
    public async ValueTask<SaslStep> LogInAsync(
        string name, string password, SaslPeer peer, CancellationToken cancellationToken = default)
    {
        if (IsLimited(name, peer))
            return new SaslStep.Failure(SaslFailure.TooManyFailures);
        Account? account = await _accounts.VerifyPasswordAsync(name, password, cancellationToken);
        return Finish(name, account, peer);
    }

    /// <summary>Whether the account or the address failed too often of late.</summary>
    internal bool IsLimited(string name, SaslPeer peer)
    {
        bool limited = _byAccount.IsLimited(Key(name)) || (peer.Remote is not null && _byAddress.IsLimited(Key(peer.Remote)));
        if (limited)
            Log.Limited(_logger, peer.ConnectionId, name, peer.Remote);
        return limited;
    }

    /// <summary>Counts and logs the end of an exchange.</summary>
    internal SaslStep Finish(string name, Account? account, SaslPeer peer)
    {
        if (account is not null)
        {
            _byAccount.Clear(Key(name));
            Log.LoggedIn(_logger, peer.ConnectionId, account.Address, peer.Remote);
            return new SaslStep.Success(account);
        }
        _byAccount.Add(Key(name));
        if (peer.Remote is not null)
            _byAddress.Add(Key(peer.Remote));
        Log.Failed(_logger, peer.ConnectionId, name, peer.Remote);
        return new SaslStep.Failure(SaslFailure.BadCredentials);
    }

    // Bounded, because the key is what the network sent.
    private static string Key(string name) => AddressSyntax.Normalize(name.Length > 256 ? name[..256] : name);

    // One home or host commonly has a whole /64 of IPv6, so it counts as one address.
    private static string Key(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        byte[] octets = address.GetAddressBytes();
        return Convert.ToHexString(octets.AsSpan(0, Math.Min(octets.Length, 8)));
    }

    private static partial class Log
    {
        [LoggerMessage(5000, LogLevel.Information, "{ConnectionId}: {Address} logged in from {Remote}")]
        public static partial void LoggedIn(ILogger logger, string connectionId, string address, IPAddress? remote);

        [LoggerMessage(5001, LogLevel.Information, "{ConnectionId}: log-in of {Name} from {Remote} failed")]
        public static partial void Failed(ILogger logger, string connectionId, string name, IPAddress? remote);

        [LoggerMessage(5002, LogLevel.Warning, "{ConnectionId}: log-in of {Name} from {Remote} refused after too many failures")]
        public static partial void Limited(ILogger logger, string connectionId, string name, IPAddress? remote);
    }
}
