using System.Net;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Session;
using UnifiedMsg.Sip.Calls;

namespace UnifiedMsg.Voicemail.Calls;

/// <summary>Gives each call its audio.</summary>
internal sealed partial class VoicemailMedia : IAsyncDisposable
{
    private readonly MediaEngine _engine;
    private readonly IPAddress? _advertised;
    private readonly CodecPreference _codecs;
    private readonly SrtpPolicy _srtp;
    private readonly TimeSpan _longestHold;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public VoicemailMedia(VoicemailOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        var (first, last) = options.RtpPorts ?? default;
        _engine = new MediaEngine(
            new MediaOptions { Address = options.RtpAddress, FirstPort = first, LastPort = last, Receiving = options.RtpReceiving },
            time, loggers.CreateLogger<MediaEngine>());
        (_advertised, _codecs, _srtp) = (options.AdvertisedAddress, options.Codecs, options.Srtp);
        (_longestHold, _time) = (options.LongestHold, time);
        _logger = loggers.CreateLogger<VoicemailMedia>();
        Log.Codecs(_logger, _codecs, AudioCodec.OpusVersion ?? "libopus.so.0 is not installed, so Opus is not offered");
    }

    /// <summary>Joins a call and its audio; null when the call was refused because no port is free or its offer can't be used.</summary>
    public async Task<VoiceCall?> OpenAsync(IIncomingCall call, CancellationToken cancellationToken)
    {
        AudioSession audio;
        try
        {
            audio = _engine.OpenSession(call.Id);
        }
        catch (IOException error)
        {
            Log.NoPort(_logger, call.Id, error.Message);
            await call.RejectAsync(503, cancellationToken: cancellationToken);
            return null;
        }

        try
        {
            if (Join(call, audio, out var refusal) is { } voice) return voice;
            Log.NotNegotiated(_logger, call.Id, refusal);
        }
        catch
        {
            await audio.DisposeAsync();
            throw;
        }

        await audio.DisposeAsync();
        await call.RejectAsync(488, cancellationToken: cancellationToken);
        return null;
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private VoiceCall? Join(IIncomingCall call, AudioSession audio, out string refusal)
    {
        var reachable = _advertised is not null && !IPAddress.IsLoopback(call.RemoteEndPoint.Address)
            ? _advertised
            : MediaAddress.Reaching(_engine.Options.Address, call.RemoteEndPoint);
        var negotiation = new SessionNegotiation(audio, reachable, _codecs, _srtp, agreed => Log.Agreed(
            _logger, call.Id, agreed.Codec, agreed.DtmfPayloadType is null ? "in the sound" : "as events"));
        var session = call.Offer is null ? negotiation.Offer() : negotiation.Answer(call.Offer);
        refusal = negotiation.Refusal;
        return session is null ? null : new VoiceCall(call, audio, negotiation, session, _longestHold, _time);
    }

    private static partial class Log
    {
        [LoggerMessage(9042, LogLevel.Information, "Codecs: {Codecs}. Opus: {Library}")]
        public static partial void Codecs(ILogger logger, CodecPreference codecs, string library);

        [LoggerMessage(9043, LogLevel.Information, "Call {Call} speaks {Codec}, keys come {Keys}")]
        public static partial void Agreed(ILogger logger, string call, AudioCodec codec, string keys);

        [LoggerMessage(9040, LogLevel.Error, "Call {Call} refused: {Reason}")]
        public static partial void NoPort(ILogger logger, string call, string reason);

        [LoggerMessage(9041, LogLevel.Information, "Call {Call} refused with 488: {Reason}")]
        public static partial void NotNegotiated(ILogger logger, string call, string reason);
    }
}
