using System.Net;
using System.Net.Sockets;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace UnifiedMsg.Media.Dtls;

/// <summary>What all handshakes of the process share: our certificate, and how many may be under way.</summary>
internal sealed class DtlsHandshakes(TimeProvider time)
{
    /// <summary>
    /// Handshakes at once. Each keeps a thread, mostly waiting, for 15 s at the longest; whoever comes to be one too many tries again by
    /// itself in a second.
    /// </summary>
    private const int Most = 64;

    private readonly Lazy<DtlsIdentity> _identity = new(() => new DtlsIdentity(time));
    private readonly Lazy<DtlsVerifier> _verifier = new(() => new DtlsVerifier(new BcTlsCrypto()));
    private int _running;

    /// <summary>Our certificate, made when it is needed first.</summary>
    public DtlsIdentity Identity => _identity.Value;

    /// <summary>
    /// Sends a cookie to who wants to begin a handshake (RFC 6347 §4.2.1); null until it comes back, which shows that the address is its own.
    /// </summary>
    public DtlsRequest? Verify(ReadOnlySpan<byte> datagram, SocketAddress source, Socket socket)
    {
        try
        {
            var octets = datagram.ToArray();
            return _verifier.Value.VerifyRequest(source.Buffer.Span[..source.Size].ToArray(), octets, 0, octets.Length, new DtlsDatagrams(socket, source));
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Octets that lead the library astray are no request.
            return null;
        }
    }

    /// <summary>Runs a handshake on a thread of its own; null when too many are under way.</summary>
    public Task? TryRun(Action handshake)
    {
        if (Interlocked.Increment(ref _running) > Most)
        {
            Interlocked.Decrement(ref _running);
            return null;
        }
        return Task.Factory.StartNew(
            () =>
            {
                try
                {
                    handshake();
                }
                finally
                {
                    Interlocked.Decrement(ref _running);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }
}
