using System.Threading.Channels;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Signals;

/// <summary>
/// Tells by ear how an outgoing call goes: by the frequencies and cadences of a country's tones, the tones of fax machines, and
/// speech. A network that plays music instead of the ringing tone sounds like a voice.
/// </summary>
public sealed class CallProgressDetector : IPcmSink
{
    // Tones of busy and congestion differ in their cadence alone: two periods at least, and as much as the longer pattern takes.
    private const int FewestElements = 4;

    // Longer than any sound of a cadence.
    private const int SteadyTone = 3200;

    // SIT is 950, 1400 and 1800 Hz, each 50 Hz up or down (E.180 §8).
    private const double InformationTolerance = 50;

    // More than a click, a cough or the ring of a handset that is put on the table; a "hello" has it.
    private static readonly TimeSpan ShortestVoice = TimeSpan.FromMilliseconds(300);

    // Windows at whose edge a tone may be are taken for neither tone nor voice.
    private const int EdgeHops = 4;

    private readonly List<ToneBand> _bands = [];
    private readonly List<(CallProgress Means, TonePattern Pattern, int Count, bool Early)> _patterns = [];
    private readonly int _steady = -1;
    private readonly int _calling;
    private readonly int _answering;
    private readonly ToneSegments _segments = new();
    private readonly ToneListener _listener;
    private readonly SpeechDetector _speech;
    private readonly short[] _hop;
    private readonly Queue<short[]> _untold = new();
    private readonly Channel<CallProgress> _signals = Channel.CreateUnbounded<CallProgress>();
    private CallProgress? _last;
    private short[]? _spare;
    private int _filled;
    private int _sinceTone = EdgeHops;

    /// <summary>A detector for one call.</summary>
    /// <param name="country">Whose tones.</param>
    /// <param name="sampleRate">In Hz.</param>
    public CallProgressDetector(CountryTones country, int sampleRate)
    {
        var longest = Math.Max(Length(country[CallTone.Busy]), Length(country[CallTone.Congestion]));
        foreach (var (tone, means) in new[]
        {
            (CallTone.Ringing, CallProgress.Ringing), (CallTone.Busy, CallProgress.Busy), (CallTone.Congestion, CallProgress.Congestion),
            (CallTone.Information, CallProgress.Information), (CallTone.Dial, CallProgress.DialTone),
        })
        {
            var signal = country[tone];
            var tolerance = tone == CallTone.Information ? InformationTolerance : 0;
            if (signal.IsSteady)
            {
                _steady = Band(signal.Bursts[0], tolerance, sampleRate);
                continue;
            }
            var pattern = new TonePattern(signal, burst => Band(burst, tolerance, sampleRate));
            // The announcement follows the three tones of SIT at once: their pause is not waited for.
            var once = tone == CallTone.Information && signal.Bursts.Count == 3 ? 3 : pattern.Length;
            _patterns.Add(tone is CallTone.Busy or CallTone.Congestion
                ? (means, pattern, Math.Max(FewestElements, longest), false)
                : (means, pattern, once, true));
        }
        (_calling, _answering) = (_bands.Count, _bands.Count + 1);
        _bands.Add(FaxTones.Calling(sampleRate));
        _bands.Add(FaxTones.Answering(sampleRate));
        _listener = new ToneListener(_bands, sampleRate, Hear);
        _speech = new SpeechDetector(sampleRate);
        _hop = new short[sampleRate * ToneListener.Hop / 1000];
    }

    /// <summary>What was heard, each time it changed; a tone that goes on is told once. Completes when the last samples were written.</summary>
    public ChannelReader<CallProgress> Signals => _signals.Reader;

    /// <inheritdoc/>
    public bool Write(ReadOnlySpan<short> samples)
    {
        while (!samples.IsEmpty)
        {
            var part = samples[..Math.Min(samples.Length, _hop.Length - _filled)];
            part.CopyTo(_hop.AsSpan(_filled));
            _filled += part.Length;
            samples = samples[part.Length..];
            if (_filled < _hop.Length)
                break;
            _filled = 0;
            _listener.Add(_hop);
            ListenForVoice();
        }
        return true;
    }

    /// <summary>Says that no more samples come.</summary>
    public void Complete() => _signals.Writer.TryComplete();

    private void Hear(HeardWindow window)
    {
        _segments.Add(window);
        _sinceTone = window.Bands != 0 ? 0 : _sinceTone + 1;
        var heard = _segments.All;
        if (FaxTones.IsCalling(heard, _calling))
            Tell(CallProgress.FaxCalling);
        else if (FaxTones.IsAnswering(heard, _answering))
            Tell(CallProgress.FaxAnswering);
        else if (_steady >= 0 && heard[^1].IsTone && heard[^1].Length >= SteadyTone && heard[^1].Is(_steady))
            Tell(CallProgress.DialTone);
        else if (Matching(heard) is { } signal)
            Tell(signal);
    }

    private CallProgress? Matching(IReadOnlyList<ToneSegment> heard)
    {
        CallProgress? best = null;
        var least = double.MaxValue;
        foreach (var (means, pattern, count, early) in _patterns)
        {
            if (pattern.Match(heard, count, early) is not { } deviation || deviation >= least)
                continue;
            (best, least) = (means, deviation);
        }
        return best;
    }

    // What lies near a tone is its edge; all else may be speech, and is judged a little later, when it is known that no tone follows.
    private void ListenForVoice()
    {
        if (_sinceTone == 0)
        {
            _untold.Clear();
            return;
        }
        if (_sinceTone < EdgeHops)
            return;
        var hop = _spare ?? new short[_hop.Length];
        _spare = null;
        _hop.CopyTo(hop, 0);
        _untold.Enqueue(hop);
        if (_untold.Count <= EdgeHops)
            return;
        _spare = _untold.Dequeue();
        _speech.Add(_spare);
        if (_speech.IsSettled && _speech.Speech >= ShortestVoice)
            Tell(CallProgress.Voice);
    }

    private void Tell(CallProgress signal)
    {
        if (signal == _last)
            return;
        _last = signal;
        _signals.Writer.TryWrite(signal);
    }

    private int Band(ToneBurst burst, double tolerance, int sampleRate)
    {
        var found = _bands.FindIndex(band => band.Lines.SequenceEqual(burst.Lines));
        if (found >= 0)
            return found;
        _bands.Add(new ToneBand(burst.Lines, tolerance, sampleRate));
        return _bands.Count - 1;
    }

    private static int Length(ToneSignal signal) => new TonePattern(signal, _ => 0).Length;
}
