using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Server.Configuration;

namespace UnifiedMsg.Interop.Tls;

/// <summary>SIP over TLS by hand, with the client of OpenSSL.</summary>
[Requires("openssl", package: "openssl")]
public sealed class OpensslTests
{
    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_request_is_answered_by_whom_the_certificate_names(string version)
    {
        await using var installation = await Installation.StartAsync();
        await MustBeAnsweredAsync(installation, version, "-verify_return_error", "-verify_ip", "127.0.0.1");
        await MustBeRefusedAsync(installation, version, "-verify_return_error", "-verify_ip", "127.0.0.2");
    }

    [Fact]
    public async Task Where_a_certificate_is_required_only_those_who_show_one_are_answered()
    {
        await using var installation = await Installation.StartAsync(change: options => options with
        {
            Sip = options.Sip with
            {
                Tls = new SipTlsSection { ClientCertificates = SipClientCertificates.Required, ClientAuthorities = options.Tls.Certificate },
            },
        });
        await MustBeRefusedAsync(installation);
        await MustBeAnsweredAsync(installation, "-cert", installation.Certificate, "-key", installation.Key);
    }

    private static async Task MustBeAnsweredAsync(Installation installation, params string[] options)
    {
        await using var client = await AskAsync(installation, options);
        await client.SaysAsync("SIP/2.0 200 OK");
    }

    // Whoever can't agree on the connection ends.
    private static async Task MustBeRefusedAsync(Installation installation, params string[] options)
    {
        await using var client = await AskAsync(installation, options);
        Assert.DoesNotContain("SIP/2.0", await client.EndAnyhowAsync(Installation.Guard));
    }

    private static async Task<ExternalProgram> AskAsync(Installation installation, string[] options)
    {
        var client = ExternalProgram.StartForOrders(
            "openssl", installation.Folder,
            ["s_client", "-quiet", "-connect", $"127.0.0.1:{installation.SipPort(SipCarrier.Tls)}", "-CAfile", installation.Certificate, .. options]);
        try
        {
            await client.TellAsync(Options);
        }
        catch (IOException)
        {
            // It has ended already.
        }
        return client;
    }

    private static string Options => """
        OPTIONS sip:1001@127.0.0.1 SIP/2.0
        Via: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bKopenssl;rport
        Max-Forwards: 70
        From: <sip:carol@example.test>;tag=1
        To: <sip:1001@127.0.0.1>
        Call-ID: openssl
        CSeq: 1 OPTIONS
        Content-Length: 0


        """.ReplaceLineEndings("\r\n");
}
