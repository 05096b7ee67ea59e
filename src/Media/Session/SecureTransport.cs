using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Media.Dtls;
using UnifiedMsg.Media.Ice;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Session;

/// <summary>
/// What shares the port of RTP with it in a call from a browser (RFC 7983): the checks of ICE and the handshake of DTLS, from which the way
/// and the keys come. May be used by several threads.
/// </summary>
internal sealed class SecureTransport(Socket socket, DtlsHandshakes handshakes, MediaProtection protection, Action<SocketAddress> chosen, ILogger logger)
    : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private DtlsParameters? _parameters;
    private IceParameters? _iceParameters;
    private DtlsAssociation? _association;
    private IceLite? _ice;
    private SocketAddress? _announced;

    /// <summary>Whose certificate we show.</summary>
    public CertificateFingerprint Fingerprint => handshakes.Identity.Fingerprint;

    /// <summary>Follows an offer and answer: protection as agreed on, what is the same as before goes on.</summary>
    public void Configure(NegotiatedAudio audio, SocketAddress? announced)
    {
        lock (_gate)
        {
            _announced = announced;
            if (!ReferenceEquals(_iceParameters, audio.Ice))
                _ice = audio.Ice is null ? null : new IceLite(audio.Ice);
            if (!ReferenceEquals(_parameters, audio.Dtls))
            {
                // An old association says its end without keeping anybody waiting. It ends before the new protection holds, so that keys of a
                // handshake still under way do not take its place.
                _ = _association?.DisposeAsync().AsTask();
                _association = audio.Dtls is null ? null : new DtlsAssociation(handshakes, audio.Dtls, socket, Established, logger);
                if (audio.Dtls is not null)
                    protection.AwaitKeys();
            }
            (_parameters, _iceParameters) = (audio.Dtls, audio.Ice);
            if (audio.Keys is not null)
                protection.Use(audio.Keys);
            else if (audio.Dtls is null)
                protection.None();
            if (_ice is null && announced is not null)
                _association?.Begin(announced);
        }
    }

    /// <summary>Takes a datagram that is no RTP and no RTCP.</summary>
    /// <returns>False when it is one of those, or nothing that this call has.</returns>
    public bool Take(ReadOnlySpan<byte> datagram, SocketAddress source)
    {
        if (_ice is { } ice && StunMessage.IsStun(datagram))
        {
            Check(ice, datagram, source);
            return true;
        }
        if (_association is not { } association || !DtlsAssociation.IsDtls(datagram))
            return false;
        // Before a handshake is over nobody is known by it. With ICE who may begin one has checked the way with our password; without, it
        // is where the description says, or shows that its address is its own.
        if (_ice is not { } checks)
            association.Received(datagram, source, _announced is not null && _announced.Equals(source));
        else if (checks.Knows(source))
            association.Received(datagram, source, isProved: true);
        return true;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _association?.DisposeAsync() ?? ValueTask.CompletedTask;

    // Without ICE the handshake also shows where the other side is: its certificate is the one that the signalling names.
    private void Established(SrtpKeys keys, SocketAddress peer)
    {
        protection.Use(keys);
        if (_ice is null)
            chosen(peer);
    }

    private void Check(IceLite ice, ReadOnlySpan<byte> datagram, SocketAddress source)
    {
        Span<byte> response = stackalloc byte[StunWriter.MaxLength];
        var check = ice.Take(datagram, source, response, out var length);
        if (length > 0)
            // A check that gets no answer is made again.
            DatagramSending.TrySend(socket, response[..length], source);
        if (check != IceCheck.Nominated)
            return;
        chosen(source);
        _association?.Begin(source);
    }
}
