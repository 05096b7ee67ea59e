using System.Net;
using System.Text;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Voicemail.Calls;

/// <summary>The offers and answers of one call (RFC 3264), turned into what its audio does.</summary>
/// <param name="audio">The audio of the call.</param>
/// <param name="reachable">The address by which the other side reaches us.</param>
/// <param name="preference">Which codecs we speak; null for what every installation does.</param>
/// <param name="srtp">Whether the audio is to be protected.</param>
/// <param name="agreed">Called with what was agreed on, each time.</param>
public sealed class SessionNegotiation(
    AudioSession audio, IPAddress reachable, CodecPreference? preference = null, SrtpPolicy srtp = SrtpPolicy.Off, Action<NegotiatedAudio>? agreed = null)
{
    private readonly CodecPreference _preference = preference ?? CodecPreference.Default;
    private readonly ulong _sessionId = (ulong)Random.Shared.NextInt64();
    private ulong _version;
    private SessionDescription? _last;
    private (SessionDescription Offer, LocalAudio Local)? _offered;

    /// <summary>Why the last description was not taken.</summary>
    public string Refusal { get; private set; } = "";

    /// <summary>Answers an offer and starts the audio by it; null when nothing in it can be used.</summary>
    public string? Answer(string offer)
    {
        if (!TryRead(offer, out var described)) return null;
        if (!OfferAnswer.TryAnswer(described, Local(), out var answer, out var negotiated, out var refusal))
        {
            Refusal = refusal;
            return null;
        }

        Start(negotiated);
        return Text(answer);
    }

    /// <summary>An offer of ours, for a peer that sent none.</summary>
    public string Offer()
    {
        var local = Local();
        var offer = OfferAnswer.CreateOffer(local);
        _offered = (offer, local);
        return Text(offer);
    }

    /// <summary>Starts the audio by the answer to our offer; false when it can't be used.</summary>
    public bool Accept(string answer)
    {
        if (_offered is not { } offered || !TryRead(answer, out var described)) return false;
        if (!OfferAnswer.TryAccept(offered.Offer, described, offered.Local, out var negotiated, out var refusal))
        {
            Refusal = refusal;
            return false;
        }

        Start(negotiated);
        return true;
    }

    private void Start(NegotiatedAudio negotiated)
    {
        audio.Start(negotiated);
        agreed?.Invoke(negotiated);
    }

    private bool TryRead(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SessionDescription? described)
    {
        if (SdpParser.TryParse(Encoding.UTF8.GetBytes(text), out described, out var error)) return true;
        Refusal = error;
        return false;
    }

    private LocalAudio Local() => new()
    {
        Rtp = new IPEndPoint(reachable, audio.LocalRtp.Port),
        SessionId = _sessionId,
        Version = ++_version,
        Codecs = _preference.Codecs,
        OursFirst = _preference.OursFirst,
        Srtp = srtp,
        Keys = audio.Audio?.Keys,
        Fingerprint = srtp == SrtpPolicy.Off ? null : audio.Fingerprint,
        Dtls = audio.Audio?.Dtls,
        Ice = audio.Audio?.Ice,
        Before = _last,
    };

    private string Text(SessionDescription description)
    {
        _last = description;
        return Encoding.UTF8.GetString(SdpWriter.Write(description));
    }
}
