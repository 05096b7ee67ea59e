using System.ComponentModel;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;

namespace UnifiedMsg.Network;

/// <summary>One TCP connection, plain or TLS, as a pair of pipes.</summary>
public sealed class StreamConnection : IAsyncDisposable
{
    // What we have written may take this long to reach a peer that is slow to read, once we have said all; then it is cut.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(10);

    private readonly IDuplexPipe _transport;
    private readonly Action _abort;
    private readonly IAsyncDisposable _owner;
    private readonly TimeProvider _time;
    private readonly StreamListenerOptions? _options;
    private SslStream? _tls;
    private int _disposed;

    internal StreamConnection(ConnectionContext context, StreamListenerOptions options, TimeProvider time)
        : this(context.ConnectionId, (IPEndPoint)context.LocalEndPoint!, (IPEndPoint)context.RemoteEndPoint!,
            context.Transport, context.Abort, context, options, time)
    {
    }

    private StreamConnection(string id, IPEndPoint local, IPEndPoint remote, IDuplexPipe transport, Action abort,
        IAsyncDisposable owner, StreamListenerOptions? options, TimeProvider time)
    {
        Id = id;
        LocalEndPoint = local;
        RemoteEndPoint = remote;
        _transport = transport;
        _abort = abort;
        _owner = owner;
        _options = options;
        _time = time;
        Input = transport.Input;
        Output = transport.Output;
    }

    /// <summary>The name of the connection in logs.</summary>
    public string Id { get; }

    /// <summary>Our end.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>The other end.</summary>
    public IPEndPoint RemoteEndPoint { get; }

    /// <summary>Whether the octets are protected by TLS.</summary>
    public bool IsTls => _tls is not null;

    /// <summary>The TLS version, or null on a plain connection.</summary>
    public SslProtocols? TlsProtocol => _tls?.SslProtocol;

    /// <summary>The negotiated cipher suite, or null on a plain connection.</summary>
    public TlsCipherSuite? TlsCipherSuite => _tls?.NegotiatedCipherSuite;

    /// <summary>The certificate that the peer has shown; null on a plain connection, and when a client showed none.</summary>
    public X509Certificate2? PeerCertificate => _tls?.RemoteCertificate as X509Certificate2;

    /// <summary>Whether <see cref="StartTlsAsync"/> can be called: there is a certificate and TLS has not begun.</summary>
    public bool CanStartTls => _tls is null && _options?.Certificate is not null;

    /// <summary>What the peer sends. Another object after <see cref="StartTlsAsync"/>.</summary>
    public PipeReader Input { get; private set; }

    /// <summary>What goes to the peer. Another object after <see cref="StartTlsAsync"/>.</summary>
    public PipeWriter Output { get; private set; }

    /// <summary>Connects to a peer, with TLS when <paramref name="tls"/> is given.</summary>
    /// <exception cref="SocketException">The peer can't be reached.</exception>
    /// <exception cref="AuthenticationException">The TLS handshake failed.</exception>
    public static async Task<StreamConnection> ConnectAsync(
        IPEndPoint remote, SslClientAuthenticationOptions? tls = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        var socket = new Socket(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(remote, cancellationToken);
            var pipe = new SocketPipe(socket);
            var connection = new StreamConnection(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)),
                (IPEndPoint)socket.LocalEndPoint!, remote, pipe, pipe.Abort, pipe, null, time ?? TimeProvider.System);
            if (tls is not null)
            {
                var stream = new SslStream(new DuplexPipeStream(pipe));
                await stream.AuthenticateAsClientAsync(tls, cancellationToken);
                connection.Adopt(stream);
            }
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Goes over to TLS: drops what the client pipelined in plain, then sends <paramref name="goAhead"/> (the reply to STARTTLS, with
    /// its CRLF), then does the handshake.
    /// </summary>
    /// <remarks>
    /// The order is the point (RFC 3207 §4.2, CVE-2011-0411): octets that came before the go-ahead were not protected and must never
    /// be taken for commands; octets that come after it are the handshake. So the go-ahead must not be written by the caller.
    /// </remarks>
    /// <exception cref="AuthenticationException">The handshake failed; the connection is of no more use.</exception>
    /// <exception cref="IOException">The peer went away in the middle of it, or sent no TLS.</exception>
    /// <exception cref="TimeoutException">The handshake took longer than <see cref="StreamListenerOptions.HandshakeTimeout"/>.</exception>
    public async Task StartTlsAsync(ReadOnlyMemory<byte> goAhead, CancellationToken cancellationToken)
    {
        if (!CanStartTls)
            throw new InvalidOperationException("TLS has begun already, or there is no certificate.");
        if (_transport.Input.TryRead(out var pending))
            _transport.Input.AdvanceTo(pending.Buffer.End);
        if (!goAhead.IsEmpty)
            await _transport.Output.WriteAsync(goAhead, cancellationToken);
        await HandshakeAsync(cancellationToken);
    }

    internal async Task HandshakeAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options!.HandshakeTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var stream = new SslStream(new DuplexPipeStream(_transport));
        try
        {
            await stream.AuthenticateAsServerAsync(TlsOptions(), linked.Token);
        }
        catch (Exception e)
        {
            // What the handshake took outside of the managed heap goes back at once: failing costs a client little.
            await stream.DisposeAsync();
            if (e is OperationCanceledException && limit.IsCancellationRequested)
                throw new TimeoutException("the TLS handshake took too long", e);
            throw;
        }
        Adopt(stream);
    }

    /// <summary>Sends what was written to <see cref="Output"/>; false when the peer is gone. A peer that does not read for
    /// <see cref="StreamListenerOptions.WriteTimeout"/> is cut off.</summary>
    /// <remarks>The answer to something that was done is flushed without a token: unsaid, it would be asked for again.</remarks>
    /// <exception cref="OperationCanceledException">Cancelled; what was written goes with the next flush, in its order.</exception>
    public async ValueTask<bool> FlushAsync(CancellationToken cancellationToken = default)
    {
        // Under TLS nothing else looks at the token, and a long answer is to end when the server stops.
        cancellationToken.ThrowIfCancellationRequested();
        var flush = Output.FlushAsync(cancellationToken);
        if (flush.IsCompletedSuccessfully)
            return !flush.Result.IsCompleted;
        using var timer = _time.CreateTimer(
            static state => ((StreamConnection)state!).Abort(), this, _options?.WriteTimeout ?? TimeSpan.FromMinutes(5), Timeout.InfiniteTimeSpan);
        return !(await flush).IsCompleted;
    }

    /// <summary>Cuts the connection at once; reads and writes under way fail.</summary>
    public void Abort() => _abort();

    /// <summary>Sends what is still to be sent, says farewell, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        using var timer = _time.CreateTimer(static state => ((StreamConnection)state!).Abort(), this, Linger, Timeout.InfiniteTimeSpan);
        try
        {
            await Output.CompleteAsync();
            await Input.CompleteAsync();
            if (_tls is not null)
                await _tls.ShutdownAsync();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException or ObjectDisposedException
            or Win32Exception or CryptographicException)
        {
            // The peer went away before the farewell, or sent what is no TLS: nothing is left to say.
        }
        finally
        {
            // Whatever became of the farewell, nobody keeps our socket open.
            if (_tls is not null)
                await _tls.DisposeAsync();
            await _owner.DisposeAsync();
        }
    }

    private SslServerAuthenticationOptions TlsOptions()
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = _options!.Certificate!.Current,
            AllowRenegotiation = false,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13, // RFC 8996: no older ones
        };
        if (_options.ClientCertificates == ClientCertificates.None)
            return options;
        options.ClientCertificateRequired = true;
        options.CertificateChainPolicy = CertificateAuthorities.PolicyFor(_options.ClientAuthorities);
        options.RemoteCertificateValidationCallback = (_, certificate, chain, _) => certificate is null
            ? _options.ClientCertificates == ClientCertificates.Asked
            : IsGood(chain!);
        return options;
    }

    // Servers that are clients too show the certificate that they serve with, which says nothing about clients.
    private static bool IsGood(X509Chain chain) => chain.ChainStatus.All(each => each.Status == X509ChainStatusFlags.NotValidForUsage);

    private void Adopt(SslStream stream)
    {
        _tls = stream;
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }
}
