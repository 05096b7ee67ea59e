using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Identity;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Tests;

/// <summary>RFC 8224, 8225, 8226 and 8588: which calls count as signed by whom.</summary>
public sealed class IdentityTests : IDisposable
{
    private const string At = "https://cert.example.test/709J.pem";
    private const string Caller = "12155551212";
    private const string Called = "12155551213";

    private static readonly byte[] Provider = IdentityAuthority.TnAuthList(provider: "709J");

    private readonly IdentityAuthority _authority = new();
    private byte[]? _certificate;
    private int _fetches;

    [Fact]
    public async Task A_call_signed_by_its_provider_is_verified()
    {
        var result = await VerifyAsync(Shaken());
        Assert.Equal((CallerVerdict.Verified, Attestation.Full, "123e4567"), (result.Verdict, result.Attestation, result.OriginId));
        Assert.True(result.IsVerified);
        Assert.Null(result.Refusal);
    }

    [Theory]
    [InlineData("A", Attestation.Full)]
    [InlineData("B", Attestation.Partial)]
    [InlineData("C", Attestation.Gateway)]
    public async Task The_attestation_is_told(string claim, Attestation attestation) =>
        Assert.Equal(attestation, (await VerifyAsync(Shaken(attest: claim))).Attestation);

    [Fact]
    public async Task A_call_without_signature_is_not_signed_and_without_trust_list_not_checked()
    {
        Assert.Equal(CallerVerdict.NotSigned, (await VerifyAsync("")).Verdict);
        Assert.Equal(CallerVerdict.NotSigned, (await VerifyAsync("Identity: \"cmVtb3RlIFJGQyA0NDc0\";info=<https://x.test/c>;alg=rsa-sha1")).Verdict);
        using var without = new IdentityVerifier(null, NullLogger.Instance, TimeProvider.System);
        var invite = Invite(Shaken(), Number(Caller), Number(Called), Number(Called));
        Assert.Equal(CallerVerdict.NotChecked, (await without.Begin(invite, CallPartiesReader.Read(invite, false), false)).Verdict);
    }

    [Theory]
    [InlineData("sip:+1-215-555-1212@example.test;user=phone")]
    [InlineData("tel:+1(215)555.1212")]
    [InlineData("sip:12155551212;ext=1@example.test")]
    public async Task The_caller_s_number_is_the_same_in_every_way_of_writing_it(string from) =>
        Assert.Equal(CallerVerdict.Verified, (await VerifyAsync(Shaken(), from)).Verdict);

    [Theory]
    [InlineData("sip:2155551212@pbx.example.test", "1", CallerVerdict.Verified)]
    [InlineData("sip:2155551212@pbx.example.test", null, CallerVerdict.InvalidIdentity)]
    [InlineData("sip:0012155551212@pbx.example.test", null, CallerVerdict.Verified)]
    [InlineData("sip:+12155551219@example.test", "1", CallerVerdict.InvalidIdentity)]
    // A sign says that the number is international already: +2155551212 is in Africa.
    [InlineData("sip:+2155551212@example.test", "1", CallerVerdict.InvalidIdentity)]
    [InlineData("sip:+0012155551212@example.test", null, CallerVerdict.InvalidIdentity)]
    [InlineData("sip:alice@example.test", null, CallerVerdict.InvalidIdentity)]
    [InlineData("sip:anonymous@anonymous.invalid", null, CallerVerdict.InvalidIdentity)]
    public async Task Who_calls_must_be_who_was_signed_for(string from, string? country, CallerVerdict verdict) =>
        Assert.Equal(verdict, (await VerifyAsync(Shaken(), from, country: country)).Verdict);

    [Fact]
    public async Task The_signature_counts_for_the_identity_that_a_trusted_peer_asserts()
    {
        var headers = Shaken() + $"\nP-Asserted-Identity: <tel:+{Caller}>";
        Assert.Equal(CallerVerdict.Verified, (await VerifyAsync(headers, "sip:1001@pbx.example.test", trusted: true)).Verdict);
        Assert.Equal(CallerVerdict.InvalidIdentity, (await VerifyAsync(headers, "sip:1001@pbx.example.test")).Verdict);
    }

    [Fact]
    public async Task A_signature_for_a_call_to_somebody_else_is_none_unless_our_own_phone_system_put_another_number()
    {
        Assert.Equal(CallerVerdict.InvalidIdentity, (await VerifyAsync(Shaken(), to: "sip:600@um.example.test")).Verdict);
        Assert.Equal(CallerVerdict.Verified, (await VerifyAsync(Shaken(), to: "sip:600@um.example.test", trusted: true)).Verdict);
        Assert.Equal(CallerVerdict.Verified, (await VerifyAsync(Shaken() + $"\nDiversion: <tel:+{Called}>;reason=no-answer", to: "sip:600@um.example.test")).Verdict);
        // The message would be the one of whoever is named first; the call that was signed was to another.
        var cut = Shaken() + $"\nDiversion: <tel:+{Called}>;reason=no-answer, <sip:601@um.example.test>;reason=no-answer";
        Assert.Equal(CallerVerdict.InvalidIdentity, (await VerifyAsync(cut, to: "sip:600@um.example.test")).Verdict);
    }

    [Theory]
    [InlineData(-55, CallerVerdict.Verified)]
    [InlineData(-70, CallerVerdict.Stale)]
    [InlineData(70, CallerVerdict.Stale)]
    public async Task A_signature_is_good_for_a_minute(int seconds, CallerVerdict verdict) =>
        Assert.Equal(verdict, (await VerifyAsync(Shaken(seconds: seconds))).Verdict);

    [Fact]
    public async Task Whatever_was_changed_after_signing_shows()
    {
        var header = Shaken();
        var signature = header.LastIndexOf('.', header.IndexOf(';')) + 10;
        var changed = header[..signature] + (header[signature] == 'A' ? 'B' : 'A') + header[(signature + 1)..];
        Assert.Equal(CallerVerdict.InvalidIdentity, (await VerifyAsync(changed)).Verdict);
        using var other = new IdentityAuthority();
        Assert.Equal(CallerVerdict.InvalidIdentity, (await VerifyAsync(Shaken(signer: other))).Verdict);
        Assert.Equal(CallerVerdict.InvalidIdentity, (await VerifyAsync(Shaken().Replace("709J.pem", "other.pem"))).Verdict);
        Assert.Equal(CallerVerdict.InvalidIdentity, (await VerifyAsync(Shaken(attest: "D"))).Verdict);
        Assert.Equal(CallerVerdict.InvalidIdentity, (await VerifyAsync("Identity: eyJ0eXAiOiK8In0.e30.AAB;info=<" + At + ">;ppt=shaken")).Verdict);
        Assert.Equal(CallerVerdict.InvalidIdentity, (await VerifyAsync("Identity: e30.e30.AAAA;info=<" + At + ">;ppt=shaken")).Verdict);
    }

    [Fact]
    public async Task A_certificate_must_be_under_the_trust_list_in_time_of_the_right_kind_and_for_the_number()
    {
        using var stranger = new IdentityAuthority();
        using var rsa = RSA.Create(2048);
        using var large = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        (byte[] Certificate, CallerVerdict Verdict)[] cases =
        [
            (stranger.Issue(Provider), CallerVerdict.UnsupportedCredential),
            (_authority.Issue(Provider, -9, -2), CallerVerdict.UnsupportedCredential),
            (_authority.Issue(Provider, 2, 9), CallerVerdict.UnsupportedCredential),
            (_authority.Issue(Provider, key: rsa), CallerVerdict.UnsupportedCredential),
            (_authority.Issue(Provider, key: large), CallerVerdict.UnsupportedCredential),
            (_authority.Issue(null), CallerVerdict.UnsupportedCredential),
            (_authority.Issue([0x30, 0x03, 0xA9, 0x01, 0x00]), CallerVerdict.UnsupportedCredential),
            (_authority.Issue(IdentityAuthority.TnAuthList(one: "12155551219")), CallerVerdict.UnsupportedCredential),
            (_authority.Issue(IdentityAuthority.TnAuthList(range: ("12155551200", 12))), CallerVerdict.UnsupportedCredential),
            ("nothing of the kind"u8.ToArray(), CallerVerdict.UnsupportedCredential),
            ([], CallerVerdict.UnsupportedCredential),
            (_authority.Issue(IdentityAuthority.TnAuthList(one: Caller)), CallerVerdict.Verified),
            (_authority.Issue(IdentityAuthority.TnAuthList(range: ("12155551200", 13))), CallerVerdict.Verified),
        ];
        foreach (var (certificate, verdict) in cases)
        {
            _certificate = certificate;
            Assert.Equal(verdict, (await VerifyAsync(Shaken())).Verdict);
        }
    }

    [Fact]
    public async Task Without_certificate_there_is_no_verdict_on_the_signature()
    {
        _certificate = null;
        var result = await VerifyAsync(Shaken(), fetch: false);
        Assert.Equal((CallerVerdict.BadIdentityInfo, 436), (result.Verdict, result.Refusal));
        Assert.Equal(CallerVerdict.BadIdentityInfo, (await VerifyAsync(Shaken().Split(';')[0] + ";ppt=shaken")).Verdict);
    }

    [Fact]
    public async Task What_has_an_extension_that_we_do_not_know_is_passed_over()
    {
        Assert.Equal(CallerVerdict.NotSigned, (await VerifyAsync(Shaken().Replace("ppt=\"shaken\"", "ppt=\"div\""))).Verdict);
        Assert.Equal(CallerVerdict.NotSigned, (await VerifyAsync(Shaken().Replace("alg=ES256", "alg=none"))).Verdict);
        Assert.Equal(CallerVerdict.Verified, (await VerifyAsync(Shaken().Replace("ppt=\"shaken\"", "ppt=\"div\"") + "\n" + Shaken())).Verdict);
        Assert.Equal(CallerVerdict.Verified, (await VerifyAsync(Shaken(seconds: -100) + "\n" + Shaken())).Verdict);
        // Signatures for diversions do not hide the caller's.
        var diversions = string.Concat(Enumerable.Repeat(Shaken().Replace("ppt=\"shaken\"", "ppt=\"div\"") + "\n", 5));
        Assert.Equal(CallerVerdict.Verified, (await VerifyAsync(diversions + Shaken())).Verdict);
    }

    [Fact]
    public async Task What_the_signer_says_must_be_understood_is_refused_when_it_is_not()
    {
        var token = _authority.Sign($"{{\"alg\":\"ES256\",\"crit\":[\"exp\"],\"typ\":\"passport\",\"x5u\":\"{At}\"}}",
            $"{{\"dest\":{{\"tn\":[\"{Called}\"]}},\"iat\":{DateTimeOffset.UtcNow.ToUnixTimeSeconds()},\"orig\":{{\"tn\":\"{Caller}\"}}}}");
        Assert.Equal(CallerVerdict.InvalidIdentity, (await VerifyAsync($"Identity: {token};info=<{At}>;alg=ES256")).Verdict);
    }

    [Fact]
    public async Task Who_does_not_check_believes_a_trusted_peer_that_has()
    {
        using var without = new IdentityVerifier(null, NullLogger.Instance, TimeProvider.System);
        var invite = Invite(Shaken(), $"<tel:+{Caller};verstat=TN-Validation-Passed>", Number(Called), Number(Called));
        Assert.True((await without.Begin(invite, CallPartiesReader.Read(invite, true), true)).IsVerified);
        Assert.Equal(CallerVerdict.NotChecked, (await without.Begin(invite, CallPartiesReader.Read(invite, false), false)).Verdict);
    }

    [Theory]
    [InlineData("sip:+12155551212@example.test", null, "{\"tn\":\"12155551212\"}")]
    [InlineData("sip:2155551212@example.test", "1", "{\"tn\":\"12155551212\"}")]
    [InlineData("sip:Alice@Example.test:5060;x=y", null, "{\"uri\":\"sip:Alice@example.test\"}")]
    public async Task The_compact_form_is_the_signature_over_what_the_request_says(string from, string? country, string origin)
    {
        var now = DateTimeOffset.UtcNow;
        var token = _authority.Sign($"{{\"alg\":\"ES256\",\"typ\":\"passport\",\"x5u\":\"{At}\"}}",
            $"{{\"dest\":{{\"tn\":[\"{Called}\"]}},\"iat\":{now.ToUnixTimeSeconds()},\"orig\":{origin}}}");
        var header = $"Identity: ..{token.Split('.')[2]};info=<{At}>;alg=ES256";
        _certificate = _authority.Issue(Provider, host: "example.test");
        Assert.Equal(CallerVerdict.Verified, (await VerifyAsync($"{header}\nDate: {now:r}", from, country: country)).Verdict);
        Assert.Equal(CallerVerdict.InvalidIdentity, (await VerifyAsync(header, from, country: country)).Verdict);
        Assert.Equal(CallerVerdict.InvalidIdentity, (await VerifyAsync($"{header}\nDate: {now.AddSeconds(2):r}", from, country: country)).Verdict);
        Assert.Equal(CallerVerdict.InvalidIdentity, (await VerifyAsync($"{header};ppt=shaken\nDate: {now:r}", from, country: country)).Verdict);
    }

    [Fact]
    public async Task A_signature_that_comes_again_with_another_call_is_marked()
    {
        using var verifier = Verifier();
        var header = Shaken();
        var results = new List<CallerVerification>();
        foreach (var callId in (string[])["one", "one", "two"])
        {
            var invite = Invite(header, Number(Caller), Number(Called), Number(Called), callId);
            results.Add(await verifier.Begin(invite, CallPartiesReader.Read(invite, false), false));
        }
        Assert.Equal([true, true, false], results.Select(r => r.IsVerified));
        Assert.Equal((CallerVerdict.Verified, true), (results[2].Verdict, results[2].IsReplay));
        Assert.Equal(1, _fetches);
    }

    [Theory]
    [InlineData("<sip:+12155551212;verstat=TN-Validation-Passed@example.test>", true, CallerVerdict.Verified)]
    [InlineData("<tel:+12155551212;verstat=TN-Validation-Failed>", true, CallerVerdict.InvalidIdentity)]
    [InlineData("<tel:+12155551212;verstat=No-TN-Validation>", true, CallerVerdict.NotSigned)]
    [InlineData("<tel:+12155551212;verstat=TN-Validation-Passed>", false, CallerVerdict.NotSigned)]
    public async Task A_trusted_peer_may_have_checked_before_us(string from, bool trusted, CallerVerdict verdict) =>
        Assert.Equal(verdict, (await VerifyAsync("", from, trusted: trusted)).Verdict);

    [Fact]
    public async Task Where_signed_calls_are_demanded_others_are_refused()
    {
        await using var peers = await Peers.StartAsync(server: o => o with { Identity = Options(null) with { Require = true } });
        peers.Application.Serve = (call, _) => call.RejectAsync(486);
        using var wire = new Wire(peers.ServerEndPoint);
        await wire.SendAsync(wire.Request("INVITE", "c1"));
        Assert.Equal(428, (await wire.ResponseAsync()).Status);
        await wire.SendAsync(wire.Request("INVITE", "c2", headers: Shaken(seconds: -100) + "\r\n"));
        SipResponse response;
        do
            response = await wire.ResponseAsync();
        while (response.CallId != "c2");
        Assert.Equal((403, "Stale Date"), (response.Status, response.Reason));
    }

    public void Dispose() => _authority.Dispose();

    private static string Number(string digits) => $"sip:+{digits}@example.test;user=phone";

    private string Shaken(string attest = "A", int seconds = 0, IdentityAuthority? signer = null)
    {
        var token = (signer ?? _authority).Sign($"{{\"alg\":\"ES256\",\"ppt\":\"shaken\",\"typ\":\"passport\",\"x5u\":\"{At}\"}}",
            $"{{\"attest\":\"{attest}\",\"dest\":{{\"tn\":[\"{Called}\"]}},\"iat\":{DateTimeOffset.UtcNow.AddSeconds(seconds).ToUnixTimeSeconds()},"
            + $"\"orig\":{{\"tn\":\"{Caller}\"}},\"origid\":\"123e4567\"}}");
        return $"Identity: {token};info=<{At}>;alg=ES256;ppt=\"shaken\"";
    }

    private IdentityOptions Options(string? country) => new()
    {
        Trust = [_authority.Root],
        CountryCode = country,
        Source = new Source(this),
    };

    private IdentityVerifier Verifier(string? country = null)
    {
        _certificate ??= _authority.Issue(Provider);
        return new IdentityVerifier(Options(country), NullLogger.Instance, TimeProvider.System);
    }

    private async Task<CallerVerification> VerifyAsync(
        string headers, string? from = null, string? to = null, bool trusted = false, string? country = null, bool fetch = true)
    {
        using var verifier = Verifier(country);
        if (!fetch)
            _certificate = null;
        var invite = Invite(headers, from ?? Number(Caller), to ?? Number(Called), to ?? Number(Called));
        return await verifier.Begin(invite, CallPartiesReader.Read(invite, trusted), trusted);
    }

    private static SipRequest Invite(string headers, string from, string to, string uri, string callId = "call")
    {
        var invite = new SipRequest("INVITE", SipUri.Parse(uri));
        invite.Headers.Add("From", from.StartsWith('<') ? from + ";tag=1" : $"<{from}>;tag=1");
        invite.Headers.Add("To", $"<{to}>");
        invite.Headers.Add("Call-ID", callId);
        foreach (var line in headers.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            invite.Headers.Add(line.Split(':', 2)[0], line.Split(':', 2)[1].Trim());
        return invite;
    }

    private sealed class Source(IdentityTests tests) : ICredentialSource
    {
        public Task<FetchedCredential> FetchAsync(Uri address, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref tests._fetches);
            return tests._certificate is { } certificate && address.AbsoluteUri == At
                ? Task.FromResult(new FetchedCredential(certificate, null))
                : throw new HttpRequestException("not there");
        }
    }
}
