using System.Diagnostics;
using System.Net.Sockets;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Sipp;

/// <summary>TLS as the client of OpenSSL speaks it, which believes nobody but whom the certificate of the installation names.</summary>
internal sealed class OpensslTunnel(Installation installation) : Tunnel
{
    /// <inheritdoc/>
    protected override async Task CarryAsync(NetworkStream near, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("openssl",
            ["s_client", "-quiet", "-verify_quiet", "-verify_return_error", "-verify_ip", "127.0.0.1", "-servername", "localhost", "-CAfile", installation.Certificate,
            "-connect", $"127.0.0.1:{installation.SipPort(SipCarrier.Tls)}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var openssl = Process.Start(start)!;
        try
        {
            await await Task.WhenAny(
                near.CopyToAsync(openssl.StandardInput.BaseStream, cancellationToken), openssl.StandardOutput.BaseStream.CopyToAsync(near, cancellationToken));
        }
        finally
        {
            openssl.Kill();
            await openssl.WaitForExitAsync(CancellationToken.None);
        }
    }
}
