using System.Text;
using UnifiedMsg.Sip.Calls;
using UnifiedMsg.Sip.Digest;
using UnifiedMsg.Sip.Identity;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Subscriptions;

namespace UnifiedMsg.Fuzz;

/// <summary>Fuzz targets of the structured SIP header fields, one each.</summary>
public static class SipHeaderTargets
{
    private const string Head =
        "INVITE sip:vm@um.example.test SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: \"A\" <sip:+4930111@example.test>;tag=1\r\nTo: <sip:+4930222@b>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n";

    private static readonly byte[] Key = new byte[32];

    /// <summary>The target: a CSeq that is read is written as it means.</summary>
    public static void CSeq(ReadOnlySpan<byte> input)
    {
        if (CSeqHeader.TryParse(Encoding.UTF8.GetString(input), out var value) && (!CSeqHeader.TryParse(value.ToString(), out var again) || again != value))
            throw new InvalidOperationException("The CSeq differs after reading it.");
    }

    /// <summary>The target: header parameters that are read can be written and read.</summary>
    public static void Parameters(ReadOnlySpan<byte> input)
    {
        if (SipParameters.TryParse(Encoding.UTF8.GetString(input), uri: false, out var value)
            && (!SipParameters.TryParse(value.ToString(), uri: false, out var again) || again.ToString() != value.ToString()))
            throw new InvalidOperationException("The parameters differ after reading them.");
    }

    /// <summary>The target: challenges and answers of digest authentication.</summary>
    public static void Digest(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        DigestChallenge.TryParse(text, out _);
        DigestAuthorization.TryParse(text, out _);
    }

    /// <summary>The target: the body of a message-waiting notice.</summary>
    public static void MessageWaiting(ReadOnlySpan<byte> input) => MessageWaitingSummary.TryParse(Encoding.UTF8.GetString(input), out _);

    /// <summary>The target: any INVITE tells who calls, whatever stands in the headers that say so.</summary>
    public static void Parties(ReadOnlySpan<byte> input)
    {
        if (SipParser.Parse([.. Encoding.ASCII.GetBytes(Head), .. input, .. "\r\n\r\n"u8]).Message is not SipRequest { From: not null, To: not null } invite)
            return;
        var parties = CallPartiesReader.Read(invite, trusted: true);
        if (parties.DiversionCount < parties.Diversions.Count || parties.CallerNumber.Contains(';'))
            throw new InvalidOperationException("The parties contradict themselves.");
        _ = parties.IsWithheld;
        _ = parties.Called;
    }

    /// <summary>The target: an Identity header and its token.</summary>
    public static void Identity(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (!IdentityHeader.TryParse(text, out var header) || header.IsCompact)
            return;
        if (Passport.TryParse(header.Token, out var passport) && (passport.Destinations.Count == 0 || !header.Token.StartsWith(passport.Signed, StringComparison.Ordinal)))
            throw new InvalidOperationException("The token is none.");
    }

    /// <summary>The target: what stands in a PASSporT, with the base64url around it left out so that mutations reach it.</summary>
    public static void Claims(ReadOnlySpan<byte> input)
    {
        var end = input.IndexOf((byte)'\n');
        if (end < 0)
            return;
        var token = $"{Encode(input[..end])}.{Encode(input[(end + 1)..])}.{Encode(Key)}";
        if (Passport.TryParse(token, out var passport) && Math.Abs((passport.IssuedAt - DateTimeOffset.UnixEpoch).TotalDays) > 4_000_000)
            throw new InvalidOperationException("The time is none.");
    }

    /// <summary>The target: the list of numbers in a certificate.</summary>
    public static void TnAuthList(ReadOnlySpan<byte> input) => TnAuthorization.Parse(input.ToArray())?.Covers("12155551212");

    /// <summary>The target: a certificate from anywhere.</summary>
    public static void Certificate(ReadOnlySpan<byte> input) => Credential.Read(input.ToArray(), [], DateTimeOffset.UnixEpoch);

    private static string Encode(ReadOnlySpan<byte> octets) => System.Buffers.Text.Base64Url.EncodeToString(octets);
}
