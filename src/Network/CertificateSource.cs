using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace UnifiedMsg.Network;

/// <summary>
/// A certificate chain and its key in PEM files. Changed files are taken up with the next handshake; if what they hold is of no use,
/// the last good certificate stays and the log says why.
/// </summary>
public sealed partial class CertificateSource : IDisposable
{
    // Looking at two files costs microseconds, a handshake a thousand times more; once a second is often enough for a renewal.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly string _certificateFile;
    private readonly string _keyFile;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private SslStreamCertificateContext _current;
    private (DateTime, DateTime) _stamp;
    private string? _reported;
    private long _looked;

    /// <summary>Reads the files.</summary>
    /// <param name="certificateFile">PEM: the server's certificate first, then those of the issuers.</param>
    /// <param name="keyFile">PEM: the private key, not encrypted.</param>
    /// <param name="logger">Where a failed reload is told.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="CertificateException">A file is missing, unreadable or of no use.</exception>
    public CertificateSource(string certificateFile, string keyFile, ILogger logger, TimeProvider? time = null)
    {
        _certificateFile = certificateFile;
        _keyFile = keyFile;
        _logger = logger;
        _time = time ?? TimeProvider.System;
        _stamp = Stamp();
        _current = Load();
        _looked = _time.GetTimestamp();
    }

    /// <summary>The certificate to serve with now.</summary>
    public SslStreamCertificateContext Current
    {
        get
        {
            lock (_lock)
            {
                if (_time.GetElapsedTime(_looked) >= LookInterval)
                    Look();
                return _current;
            }
        }
    }

    /// <summary>The leaf certificate served now.</summary>
    public X509Certificate2 Certificate => Current.TargetCertificate;

    /// <summary>Frees the certificate; call it after the listeners have stopped.</summary>
    public void Dispose() => _current.TargetCertificate.Dispose();

    private void Look()
    {
        _looked = _time.GetTimestamp();
        var stamp = Stamp();
        if (stamp == _stamp)
            return;
        try
        {
            // The one before is not disposed: handshakes under way still use it.
            _current = Load();
            _stamp = stamp;
            _reported = null;
            Log.Reloaded(_logger, _certificateFile, _current.TargetCertificate.NotAfter);
        }
        catch (CertificateException e)
        {
            // The stamp stays the old one, so each look tries again: a renewal writes its two files one after the other.
            if (_reported != e.Message)
                Log.NotReloaded(_logger, e.Message);
            _reported = e.Message;
        }
    }

    private (DateTime, DateTime) Stamp() => (File.GetLastWriteTimeUtc(_certificateFile), File.GetLastWriteTimeUtc(_keyFile));

    private SslStreamCertificateContext Load()
    {
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(ReadText(_certificateFile));
        }
        catch (CryptographicException e)
        {
            throw new CertificateException($"{_certificateFile}: not a certificate in PEM: {e.Message}", e);
        }
        if (chain.Count == 0)
            throw new CertificateException($"{_certificateFile}: there is no certificate in it (expected '-----BEGIN CERTIFICATE-----')");
        var leaf = WithKey(chain[0]);
        chain.RemoveAt(0);
        return SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }

    private X509Certificate2 WithKey(X509Certificate2 certificate)
    {
        var key = ReadText(_keyFile);
        try
        {
            return X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new CertificateException(
                $"{_keyFile}: not the private key of {_certificateFile}, or not an unencrypted key in PEM: {e.Message}", e);
        }
    }

    private static string ReadText(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CertificateException($"{file}: can't be read: {e.Message}", e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1010, LogLevel.Information, "took up the changed certificate {File}, good until {NotAfter}")]
        public static partial void Reloaded(ILogger logger, string file, DateTime notAfter);

        [LoggerMessage(1011, LogLevel.Error, "the changed certificate is of no use, the last good one stays: {Reason}")]
        public static partial void NotReloaded(ILogger logger, string reason);
    }
}
