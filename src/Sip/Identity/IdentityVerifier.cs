using System.Globalization;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Identity;

/// <summary>The verification service of RFC 8224 §6.2 with the SHAKEN extension (RFC 8588). It runs beside the call and delays nothing of it.</summary>
internal sealed partial class IdentityVerifier : IDisposable
{
    /// <summary>Identity headers of one call that are looked at: the caller's, and one for each diversion by a provider.</summary>
    private const int MaxHeaders = 4;

    private const string Shaken = "shaken";

    private readonly IdentityOptions? _options;
    private readonly HttpsCredentialSource? _https;
    private readonly CredentialCache? _credentials;
    private readonly SeenPassports? _seen;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public IdentityVerifier(IdentityOptions? options, ILogger logger, TimeProvider time)
    {
        _options = options;
        _logger = logger;
        _time = time;
        if (options is null)
            return;
        _https = options.Source is null ? new HttpsCredentialSource(options) : null;
        _credentials = new CredentialCache(options.Source ?? _https!, options, time);
        _seen = new SeenPassports(options.Freshness, time);
    }

    /// <summary>Begins to check who calls. The task never fails.</summary>
    /// <param name="invite">The INVITE.</param>
    /// <param name="parties">What it says.</param>
    /// <param name="trusted">Whether the peer that sent it may assert identities.</param>
    public Task<CallerVerification> Begin(SipRequest invite, CallParties parties, bool trusted)
    {
        var headers = Headers(invite);
        if (headers.Count > 0 && _options is not null)
            return Task.Run(() => VerifyAsync(invite, parties, trusted, headers));
        // Who does not check may believe a trusted peer who has.
        var word = trusted ? PeersWord(parties.Caller.Uri) : CallerVerification.NotSigned;
        return Task.FromResult(headers.Count == 0 || word.IsPeersWord
            ? word
            : new CallerVerification(CallerVerdict.NotChecked) { Detail = "no trust list is configured" });
    }

    public void Dispose() => _https?.Dispose();

    // RFC 8224 §6.2.1 step 1: what has an extension or an algorithm that we don't know is passed over.
    private static List<IdentityHeader> Headers(SipRequest invite)
    {
        var headers = new List<IdentityHeader>();
        foreach (var value in invite.Headers.Values(SipHeaderNames.Identity))
        {
            // Counted among those that we know, lest the others hide the caller's.
            if (headers.Count < MaxHeaders && IdentityHeader.TryParse(value, out var header) && header.Extension is null or Shaken && header.Algorithm == "ES256")
                headers.Add(header);
        }
        return headers;
    }

    private static CallerVerification PeersWord(SipUri caller) => Parameter(caller, "verstat") switch
    {
        "TN-Validation-Passed" => new CallerVerification(CallerVerdict.Verified) { IsPeersWord = true },
        "TN-Validation-Failed" => new CallerVerification(CallerVerdict.InvalidIdentity) { IsPeersWord = true },
        _ => CallerVerification.NotSigned,
    };

    // It belongs to the number: in a sip URI it stands within the user part (RFC 3261 §19.1.6).
    private static string? Parameter(SipUri uri, string name)
    {
        if (uri.Parameters[name] is { } value)
            return value;
        return uri.User?.IndexOf(';') is >= 0 and var semicolon && SipParameters.TryParse(uri.User.AsSpan(semicolon), uri: true, out var parameters)
            ? parameters[name]
            : null;
    }

    private async Task<CallerVerification> VerifyAsync(SipRequest invite, CallParties parties, bool trusted, List<IdentityHeader> headers)
    {
        CallerVerification? first = null;
        try
        {
            foreach (var header in headers)
            {
                var result = await VerifyAsync(invite, parties, trusted, header);
                first = result.Verdict == CallerVerdict.Verified ? result : first ?? result;
                if (result.Verdict == CallerVerdict.Verified)
                    break;
            }
        }
        catch (Exception e)
        {
            // A fault over one header, ours or the platform's, must not cost the call its message.
            Log.Fault(_logger, e, invite.CallId!);
        }
        var verification = first ?? new CallerVerification(CallerVerdict.NotChecked) { Detail = "the check failed" };
        Log.Verified(_logger, invite.CallId!, parties.Caller.Uri, verification.Verdict, verification.Attestation, verification.IsReplay, verification.Detail);
        return verification;
    }

    private async Task<CallerVerification> VerifyAsync(SipRequest invite, CallParties parties, bool trusted, IdentityHeader header)
    {
        if (header.Info is not { } info)
            return new CallerVerification(CallerVerdict.BadIdentityInfo) { Detail = "the header names no certificate" };
        var candidates = Candidates(invite, parties, header);
        if (candidates.Count == 0)
            return Invalid("the token can't be read, or the Date that the compact form needs is missing");
        if (Judge(candidates[0], parties, trusted, header) is { } refusal)
            return refusal;
        var (credential, failure) = await _credentials!.GetAsync(info);
        if (credential is null)
            return new CallerVerification(CallerVerdict.BadIdentityInfo) { Detail = failure! };
        if (credential.Fault is { } fault)
            return new CallerVerification(CallerVerdict.UnsupportedCredential) { Detail = fault };
        candidates.RemoveAll(p => !credential.Covers(p.Origin));
        if (candidates.Count == 0)
            return new CallerVerification(CallerVerdict.UnsupportedCredential) { Detail = $"the certificate is not for {parties.Caller.Uri}" };
        if (candidates.Find(credential.Verifies) is not { } passport)
            return Invalid("the signature is not over this call");
        return new CallerVerification(CallerVerdict.Verified)
        {
            Attestation = AttestationOf(passport),
            OriginId = passport.OriginId,
            IsReplay = _seen!.IsReplay(passport, invite.CallId!),
        };
    }

    /// <summary>The token; for the compact form those that it may stand for, since a number may have been national when it was signed.</summary>
    private List<Passport> Candidates(SipRequest invite, CallParties parties, IdentityHeader header)
    {
        var candidates = new List<Passport>();
        if (!header.IsCompact)
        {
            if (Passport.TryParse(header.Token, out var whole))
                candidates.Add(whole);
            return candidates;
        }
        if (!DateTimeOffset.TryParseExact(invite.Headers[SipHeaderNames.Date], "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            return candidates;
        foreach (var origin in Forms(parties.Caller.Uri))
        {
            foreach (var destination in Forms(parties.To.Uri))
            {
                if (Passport.TryParse(Passport.Expand(header, origin, destination, date), out var passport))
                    candidates.Add(passport);
            }
        }
        return candidates;
    }

    private IEnumerable<PassportParty> Forms(SipUri uri)
    {
        if (CallerNumber.Of(uri) is null)
            yield return new PassportParty(PassportParty.Address, Address(uri));
        foreach (var number in CallerNumber.Meanings(uri, _options!.CountryCode))
            yield return new PassportParty(PassportParty.Number, number);
    }

    /// <summary>Everything but certificate and signature; null when nothing is wrong.</summary>
    private CallerVerification? Judge(Passport passport, CallParties parties, bool trusted, IdentityHeader header)
    {
        if (passport.Algorithm != header.Algorithm || passport.Extension != header.Extension || passport.CertificateAddress != header.Info!.OriginalString)
            return Invalid("the header and its token differ");
        if (header.Extension == Shaken && (AttestationOf(passport) is null || passport.OriginId is null || header.IsCompact))
            return Invalid("the claims of SHAKEN are missing");
        if ((_time.GetUtcNow() - passport.IssuedAt).Duration() > _options!.Freshness)
            return new CallerVerification(CallerVerdict.Stale) { Detail = $"signed at {passport.IssuedAt:O}" };
        if (!Names(passport.Origin, parties.Caller.Uri))
            return Invalid($"signed for {passport.Origin.Value}, which is not who calls");
        // A phone system of ours may have put an extension for the number that was dialled. From others it would be a signature cut
        // out of another call, whose called person they could name as one of several that the call was diverted from.
        SipUri[] called = [parties.To.Uri, parties.Dialled, parties.Called];
        return trusted || passport.Destinations.Any(d => called.Any(uri => Names(d, uri)))
            ? null
            : Invalid("signed for a call to somebody else");
    }

    private bool Names(PassportParty party, SipUri uri) => party.Kind == PassportParty.Number
        ? CallerNumber.Canonical(party.Value) is { } number && CallerNumber.Meanings(uri, _options!.CountryCode).Contains(number)
        : SipUri.TryParse(party.Value, out var signed) && string.Equals(Address(signed), Address(uri), StringComparison.Ordinal);

    // RFC 8224 §8.5: scheme, user and host; neither port nor parameters.
    private static string Address(SipUri uri) => $"{uri.Scheme}:{uri.User}@{uri.Host.ToLowerInvariant()}";

    private static Attestation? AttestationOf(Passport passport) => passport.Attestation switch
    {
        "A" => Attestation.Full,
        "B" => Attestation.Partial,
        "C" => Attestation.Gateway,
        _ => null,
    };

    private static CallerVerification Invalid(string detail) => new(CallerVerdict.InvalidIdentity) { Detail = detail };

    private static partial class Log
    {
        [LoggerMessage(4400, LogLevel.Information, "{CallId} from {Caller}: identity {Verdict}, attestation {Attestation}, replayed {Replayed}; {Detail}")]
        public static partial void Verified(
            ILogger logger, string callId, SipUri caller, CallerVerdict verdict, Attestation? attestation, bool replayed, string detail);

        [LoggerMessage(4401, LogLevel.Error, "{CallId}: the identity could not be checked")]
        public static partial void Fault(ILogger logger, Exception exception, string callId);
    }
}
