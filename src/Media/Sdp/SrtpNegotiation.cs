using System.Diagnostics.CodeAnalysis;
using UnifiedMsg.Media.Srtp;

namespace UnifiedMsg.Media.Sdp;

/// <summary>
/// Offer and answer of SRTP by SDES (RFC 4568 §5, §7), and of what RFC 8643 calls opportunistic: keys in an offer of RTP/AVP, whose other
/// side answers with keys if it can. The same keys as before stay the same objects, so that packets go on with their state.
/// </summary>
internal static class SrtpNegotiation
{
    /// <summary>The protocol of an offer of ours.</summary>
    public static string OfferedProtocol(SrtpPolicy policy) => policy == SrtpPolicy.Required ? MediaProfile.Secure : MediaProfile.Plain;

    /// <summary>The attributes of an offer of ours: a fresh key for each suite; the one in use comes first and keeps its key.</summary>
    public static IEnumerable<SdpAttribute> Offer(LocalAudio local)
    {
        if (local.Srtp == SrtpPolicy.Off)
            yield break;
        var tag = 1;
        if (local.Keys is { } inUse)
            yield return new CryptoAttribute(tag++, inUse.Local).Write();
        foreach (var suite in SrtpSuite.Offered)
        {
            if (suite == local.Keys?.Suite)
                continue;
            using var key = SrtpKey.Generate(suite);
            yield return new CryptoAttribute(tag++, key).Write();
        }
    }

    /// <summary>Whether a stream of an offer can be taken with protection, and how.</summary>
    public static bool TryAnswer(MediaDescription offered, LocalAudio local, [NotNullWhen(true)] out StreamProtection? protection)
    {
        protection = null;
        if (local.Srtp == SrtpPolicy.Off || !MediaProfile.IsSecure(offered.Protocol) && !MediaProfile.IsPlain(offered.Protocol))
            return false;
        var lines = CryptoAttribute.Of(offered);
        // The offer's order is its preference, but the suite in use stays if it is offered with the same key: nothing has changed then.
        var line = lines.FirstOrDefault(line => local.Keys is { } inUse && line.Key.Matches(inUse.Remote)) ?? lines.FirstOrDefault();
        if (line is null)
            return false;
        // RFC 4568 §7.1.4: whoever gets a new key answers with a new one; both ways begin anew then.
        var keys = local.Keys is { } same && line.Key.Matches(same.Remote) ? same : new SrtpKeys(SrtpKey.Generate(line.Key.Suite), line.Key);
        protection = new StreamProtection([new CryptoAttribute(line.Tag, keys.Local).Write()]) { Keys = keys };
        Forget(lines, keys);
        return true;
    }

    /// <summary>Whether a stream of an offer may be taken in clear.</summary>
    public static bool AllowsPlain(MediaDescription offered, SrtpPolicy policy) => policy != SrtpPolicy.Required && MediaProfile.IsPlain(offered.Protocol);

    /// <summary>Reads what the answer to an offer of ours says of protection.</summary>
    /// <param name="offered">The stream as we offered it.</param>
    /// <param name="answered">The stream in the answer.</param>
    /// <param name="local">Our side.</param>
    /// <param name="keys">The keys of both sides; null when packets go in clear.</param>
    /// <param name="refusal">Why the answer can't be used.</param>
    public static bool TryAccept(
        MediaDescription offered, MediaDescription answered, LocalAudio local, out SrtpKeys? keys, [NotNullWhen(false)] out string? refusal)
    {
        (keys, refusal) = (null, null);
        var lines = CryptoAttribute.Of(answered);
        if (lines.Count == 0 || local.Srtp == SrtpPolicy.Off)
        {
            refusal = MediaProfile.IsSecure(answered.Protocol) || local.Srtp == SrtpPolicy.Required ? "The answer has no keys for SRTP" : null;
            return refusal is null;
        }
        // RFC 4568 §5.1.2: an answer has one line, with the tag of an offered one and its suite.
        var line = lines[0];
        var ours = CryptoAttribute.Of(offered);
        if (ours.FirstOrDefault(one => one.Tag == line.Tag && one.Key.Suite == line.Key.Suite) is { } chosen)
            keys = Same(local.Keys, chosen.Key, line.Key);
        else
            refusal = "The answer has keys that do not fit the offer";
        Forget(ours, keys);
        Forget(lines, keys);
        return refusal is null;
    }

    private static SrtpKeys Same(SrtpKeys? inUse, SrtpKey ours, SrtpKey theirs)
    {
        if (inUse is null)
            return new SrtpKeys(ours, theirs);
        var sameOurs = ours.Matches(inUse.Local);
        var sameTheirs = theirs.Matches(inUse.Remote);
        return sameOurs && sameTheirs ? inUse : new SrtpKeys(sameOurs ? inUse.Local : ours, sameTheirs ? inUse.Remote : theirs);
    }

    // Keys that were not chosen are overwritten.
    private static void Forget(IReadOnlyList<CryptoAttribute> lines, SrtpKeys? kept)
    {
        foreach (var line in lines)
        {
            if (line.Key != kept?.Local && line.Key != kept?.Remote)
                line.Key.Dispose();
        }
    }
}
