using System.Net;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Accounts;
using UnifiedMsg.Accounts.Sasl;
using UnifiedMsg.Network;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap;

/// <summary>The IMAP server: IMAP4rev2 (RFC 9051) and IMAP4rev1 (RFC 3501), a view of the store.</summary>
public sealed class ImapServer : IAsyncDisposable
{
    private readonly StreamListener? _plain;
    private readonly StreamListener? _tls;

    /// <summary>Makes a server that does nothing until <see cref="StartAsync"/>.</summary>
    public ImapServer(
        ImapOptions options, IStore store, IAccounts accounts, SaslServer sasl, ILoggerFactory loggers, TimeProvider? time = null)
    {
        var clock = time ?? TimeProvider.System;
        var services = new ImapServices(options, store, accounts, sasl, loggers.CreateLogger<ImapServer>(), clock);
        if (options.EndPoints.Count > 0) _plain = Listener("imap", options.EndPoints, false);
        if (options.TlsEndPoints.Count > 0) _tls = Listener("imaps", options.TlsEndPoints, true);

        StreamListener Listener(string name, IReadOnlyList<IPEndPoint> endPoints, bool tls) => new(
            new StreamListenerOptions
            {
                Name = name,
                EndPoints = endPoints,
                Certificate = options.Certificate,
                ImplicitTls = tls,
                MaxConnections = options.MaxConnections,
                MaxConnectionsPerAddress = options.MaxConnectionsPerAddress,
                Refusal = "* BYE [UNAVAILABLE] Too many connections\r\n"u8.ToArray(),
            },
            async (connection, stopping) =>
            {
                using var session = new ImapSession(services, connection);
                await session.RunAsync(stopping);
            },
            loggers.CreateLogger<StreamListener>(), clock);
    }

    /// <summary>The plain endpoints with their actual ports.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _plain?.EndPoints ?? [];

    /// <summary>The TLS endpoints with their actual ports.</summary>
    public IReadOnlyList<IPEndPoint> TlsEndPoints => _tls?.EndPoints ?? [];

    /// <summary>Listens on every endpoint, or on none.</summary>
    /// <exception cref="ListenException">An endpoint can't be had.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (_plain is not null) await _plain.StartAsync(cancellationToken);
        try
        {
            if (_tls is not null) await _tls.StartAsync(cancellationToken);
        }
        catch (ListenException)
        {
            if (_plain is not null) await _plain.StopAsync(TimeSpan.Zero);
            throw;
        }
    }

    /// <summary>Says BYE to every client, waits for the commands under way at most <paramref name="drain"/>, then cuts what is left.</summary>
    public Task StopAsync(TimeSpan drain) =>
        Task.WhenAll(_plain?.StopAsync(drain) ?? Task.CompletedTask, _tls?.StopAsync(drain) ?? Task.CompletedTask);

    /// <summary>Stops without waiting.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_plain is not null) await _plain.DisposeAsync();
        if (_tls is not null) await _tls.DisposeAsync();
    }
}
