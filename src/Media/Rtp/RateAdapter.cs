namespace UnifiedMsg.Media.Rtp;

/// <summary>
/// Stands before a recorder when the call goes on with a codec of another rate than that of the recording: a stream of samples at one rate
/// becomes one at another, by a low-pass of windowed sinc at the lower of the two bands. What it holds back is less than 2 ms.
/// </summary>
internal sealed class RateAdapter : IPcmSink
{
    private const int ZeroCrossings = 10;

    // Below half the lower rate, so that the slope of the filter ends near it.
    private const double Bandwidth = 0.9;

    private readonly IPcmSink _sink;
    private readonly int _up;
    private readonly int _down;
    private readonly int _half;
    private readonly double[][] _phases;
    private readonly short[] _output = new short[256];
    private short[] _input;
    private int _filled;
    private int _phase;
    private int _skip;

    /// <summary>Adapts a stream for a sink.</summary>
    /// <param name="sink">Gets the samples.</param>
    /// <param name="from">The rate of what is written, in Hz.</param>
    /// <param name="to">The rate that the sink wants, in Hz.</param>
    public RateAdapter(IPcmSink sink, int from, int to)
    {
        _sink = sink;
        var divisor = Divisor(from, to);
        (_up, _down) = (to / divisor, from / divisor);
        var cutoff = Bandwidth * Math.Min(1, (double)to / from);
        _half = (int)Math.Ceiling(ZeroCrossings / cutoff);
        _phases = [.. Enumerable.Range(0, _up).Select(phase => Taps((double)phase / _up, cutoff))];
        _input = new short[4 * _half];
        // Before the first sample there is silence.
        _filled = _half - 1;
    }

    public bool Write(ReadOnlySpan<short> samples)
    {
        if (_input.Length < _filled + samples.Length)
            Array.Resize(ref _input, _filled + samples.Length);
        samples.CopyTo(_input.AsSpan(_filled));
        _filled += samples.Length;
        var first = _skip;
        var written = 0;
        while (first + 2 * _half <= _filled)
        {
            _output[written++] = Filter(_input.AsSpan(first, 2 * _half), _phases[_phase]);
            _phase += _down;
            first += _phase / _up;
            _phase %= _up;
            if (written < _output.Length)
                continue;
            if (!_sink.Write(_output))
                return false;
            written = 0;
        }
        // When it goes down by much, the next sample to begin with may not be there yet.
        var used = Math.Min(first, _filled);
        _skip = first - used;
        _input.AsSpan(used, _filled - used).CopyTo(_input);
        _filled -= used;
        return written == 0 || _sink.Write(_output.AsSpan(0, written));
    }

    private static short Filter(ReadOnlySpan<short> samples, double[] taps)
    {
        var sum = 0.0;
        for (var i = 0; i < taps.Length; i++)
            sum += taps[i] * samples[i];
        return (short)Math.Clamp(Math.Round(sum), short.MinValue, short.MaxValue);
    }

    private double[] Taps(double fraction, double cutoff)
    {
        var taps = new double[2 * _half];
        for (var i = 0; i < taps.Length; i++)
        {
            var distance = i - _half + 1 - fraction;
            var x = Math.PI * distance * cutoff;
            var window = Math.Cos(Math.PI / 2 * Math.Clamp(distance / _half, -1, 1));
            taps[i] = (Math.Abs(x) < 1e-9 ? 1 : Math.Sin(x) / x) * window * window;
        }
        // Each phase has a gain of exactly one.
        var sum = taps.Sum();
        return [.. taps.Select(tap => tap / sum)];
    }

    private static int Divisor(int a, int b) => b == 0 ? a : Divisor(b, a % b);
}
