using System.Net;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Calls;

/// <summary>
/// Reads who calls and why out of an INVITE: Diversion (RFC 5806), History-Info (RFC 7044), the target and cause of RFC 4458,
/// P-Asserted-Identity and P-Preferred-Identity (RFC 3325), Privacy (RFC 3323). What is malformed among them is passed over: the call
/// is worth more than the header.
/// </summary>
public static class CallPartiesReader
{
    /// <summary>What a counter is believed up to; RFC 5806 §4.2 has no bound, and the sum must not overflow.</summary>
    private const uint MaxCounter = 1_000;

    /// <summary>RFC 3325 §9.1: one SIP and one tel URI.</summary>
    private const int MaxIdentities = 2;

    /// <summary>Reads the parties.</summary>
    /// <param name="invite">The INVITE.</param>
    /// <param name="trusted">Whether the peer that sent it may assert identities.</param>
    public static CallParties Read(SipRequest invite, bool trusted)
    {
        // History-Info tells the whole way, Diversion only its diversions; who sends both means the same by them (RFC 7544).
        var diversions = ReadHistory(invite);
        if (diversions.Count == 0)
            diversions = ReadDiversions(invite);
        var cause = invite.Uri.Parameters["cause"] is { } text ? ReasonOfCause(text) : (DiversionReason?)null;
        return new CallParties
        {
            From = invite.From!,
            To = invite.To!,
            Dialled = invite.Uri,
            AssertedIdentities = trusted ? ReadIdentities(invite) : [],
            Privacy = PrivacyHeader.Of(invite),
            Target = ReadTarget(invite.Uri),
            Diversions = diversions,
            Reason = cause ?? (diversions.Count > 0 ? diversions[^1].Reason : null),
        };
    }

    internal static bool IsTrusted(IPAddress address, IReadOnlyList<IPNetwork> networks) => networks.Any(n => n.Contains(address));

    // A phone that is itself trusted, since no phone system stands between, tells by P-Preferred-Identity which of its numbers it uses.
    private static List<NameAddress> ReadIdentities(SipRequest invite)
    {
        var identities = Addresses(invite, SipHeaderNames.PAssertedIdentity).Take(MaxIdentities).ToList();
        return identities.Count > 0 ? identities : [.. Addresses(invite, SipHeaderNames.PPreferredIdentity).Take(MaxIdentities)];
    }

    // RFC 4458 §3: target is a URI whose separators are escaped; some send a bare number or user@host.
    private static SipUri? ReadTarget(SipUri uri)
    {
        if (uri.Parameters["target"] is not { Length: > 0 } text)
            return null;
        var plain = SipGrammar.Unescape(text);
        if (SipUri.TryParse(plain, out var target) && (target.IsSip || target.Scheme == "tel"))
            return target;
        if (plain.Contains('@'))
            return SipUri.TryParse("sip:" + plain, out target) ? target : null;
        return uri.Host.Length > 0 && SipUri.TryParse($"sip:{text}@{uri.Host}", out target) ? target : null;
    }

    // RFC 5806 §3: the newest diversion stands first, so that the list is turned round.
    private static List<CallDiversion> ReadDiversions(SipRequest invite)
    {
        var diversions = Addresses(invite, SipHeaderNames.Diversion)
            .Select(a => new CallDiversion(a, ReasonOfDiversion(a.Parameters["reason"]))
            {
                Count = SipGrammar.TryNumber(a.Parameters["counter"], MaxCounter, out var count) && count > 0 ? (int)count : 1,
                IsPrivate = a.Parameters["privacy"] is { } privacy && !privacy.Equals("off", StringComparison.OrdinalIgnoreCase),
            })
            .ToList();
        diversions.Reverse();
        return diversions;
    }

    private static DiversionReason ReasonOfDiversion(string? reason) => reason?.ToLowerInvariant() switch
    {
        "user-busy" => DiversionReason.Busy,
        "no-answer" => DiversionReason.NoAnswer,
        "unavailable" or "out-of-service" => DiversionReason.Unavailable,
        "unconditional" => DiversionReason.Unconditional,
        "time-of-day" => DiversionReason.TimeOfDay,
        "do-not-disturb" => DiversionReason.DoNotDisturb,
        "deflection" => DiversionReason.Deflection,
        "follow-me" => DiversionReason.FollowMe,
        "away" => DiversionReason.Away,
        _ => DiversionReason.Unknown,
    };

    // RFC 4458 §2, table; the same codes stand in History-Info (RFC 7044 §10.1).
    private static DiversionReason ReasonOfCause(string cause) => cause switch
    {
        "302" => DiversionReason.Unconditional,
        "404" or "503" => DiversionReason.Unavailable,
        "408" => DiversionReason.NoAnswer,
        "480" or "487" => DiversionReason.Deflection,
        "486" => DiversionReason.Busy,
        _ => DiversionReason.Unknown,
    };

    // RFC 7544 §3: the entry that a call was diverted to has a cause in its URI; who diverted is the entry it came from: the one
    // that mp, rc or np names, else the parent by index. Older senders put a Reason on the entry that was left (RFC 4244).
    private static List<CallDiversion> ReadHistory(SipRequest invite)
    {
        var entries = Addresses(invite, SipHeaderNames.HistoryInfo).ToList();
        var diversions = new List<CallDiversion>();
        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i].Uri.Parameters["cause"] is { } cause && Origin(entries, i) is { } from)
                diversions.Add(Diversion(from, cause));
        }
        if (diversions.Count > 0)
            return diversions;
        foreach (var entry in entries.SkipLast(1))
        {
            if (CauseOfReason(entry) is { } cause)
                diversions.Add(Diversion(entry, cause));
        }
        return diversions;
    }

    private static NameAddress? Origin(List<NameAddress> entries, int at)
    {
        var parameters = entries[at].Parameters;
        var index = parameters["mp"] ?? parameters["rc"] ?? parameters["np"];
        if (index is null && parameters["index"] is { } own && own.LastIndexOf('.') is > 0 and var dot)
            index = own[..dot];
        var named = index is null ? null : entries.Find(e => e.Parameters["index"] == index);
        return named ?? (at > 0 ? entries[at - 1] : null);
    }

    private static CallDiversion Diversion(NameAddress party, string cause) => new(party, ReasonOfCause(cause))
    {
        IsPrivate = Header(party, "Privacy") is { } privacy && (PrivacyHeader.Parse(privacy) & (CallPrivacy.History | CallPrivacy.Header)) != 0,
    };

    // "?Reason=SIP%3Bcause%3D302%3Btext%3D…"
    private static string? CauseOfReason(NameAddress entry)
    {
        var value = Header(entry, "Reason")?.Replace(" ", "");
        return value?.StartsWith("SIP;", StringComparison.OrdinalIgnoreCase) == true
            && SipParameters.TryParse(value.AsSpan(3), uri: false, out var parameters) ? parameters["cause"] : null;
    }

    // The escaped headers of an entry's URI (RFC 7044 §5: Reason and Privacy).
    private static string? Header(NameAddress entry, string name)
    {
        foreach (var header in (entry.Uri.Headers ?? "").Split('&'))
        {
            if (header.StartsWith(name, StringComparison.OrdinalIgnoreCase) && header.Length > name.Length && header[name.Length] == '=')
                return SipGrammar.Unescape(header.AsSpan(name.Length + 1));
        }
        return null;
    }

    private static IEnumerable<NameAddress> Addresses(SipRequest invite, string name)
    {
        foreach (var value in invite.Headers.Values(name))
        {
            if (NameAddress.TryParse(value, out var address))
                yield return address;
        }
    }
}
