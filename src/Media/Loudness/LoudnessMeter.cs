namespace UnifiedMsg.Media.Loudness;

/// <summary>
/// Measures loudness as EBU R 128 and EBU Tech 3341 say, by ITU-R BS.1770-4. Values are in LUFS; sound so soft, or so short, that it has
/// none gives negative infinity.
/// </summary>
public sealed class LoudnessMeter
{
    // 400 ms, a new one each 100 ms (75 % overlap); the short term is that of 3 s.
    private const int StepsPerSecond = 10;
    private const int MomentarySteps = 4;
    private const int ShortTermSteps = 30;

    private const double AbsoluteGate = -70;
    private const double RelativeGate = -10;

    // So that 1 kHz comes out as it goes in (BS.1770-4 annex 1).
    private const double Offset = -0.691;

    // The surround channels of 5.0 (left, right, centre, left and right surround) come from where the ear takes more.
    private const double SurroundWeight = 1.41;

    private readonly int _channels;
    private readonly KWeighting[] _filters;
    private readonly int _step;
    private readonly List<double> _steps = [];
    private double _sum;
    private int _filled;
    private int _channel;

    /// <summary>A meter for one piece of sound.</summary>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="channels">1, 2, or 5 for left, right, centre, left surround, right surround.</param>
    public LoudnessMeter(int sampleRate, int channels = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleRate, StepsPerSecond);
        _channels = channels;
        _filters = [.. Enumerable.Range(0, channels).Select(_ => new KWeighting(sampleRate))];
        _step = sampleRate / StepsPerSecond;
    }

    /// <summary>The loudness of the last 400 ms.</summary>
    public double Momentary => _steps.Count < MomentarySteps ? double.NegativeInfinity : Last(MomentarySteps);

    /// <summary>The loudest 400 ms.</summary>
    public double MaxMomentary { get; private set; } = double.NegativeInfinity;

    /// <summary>The loudness of the last 3 s.</summary>
    public double ShortTerm => _steps.Count < ShortTermSteps ? double.NegativeInfinity : Last(ShortTermSteps);

    /// <summary>The loudest 3 s.</summary>
    public double MaxShortTerm { get; private set; } = double.NegativeInfinity;

    /// <summary>The loudness of all of it: of the blocks above -70 LUFS, those no more than 10 LU below their mean.</summary>
    public double Integrated
    {
        get
        {
            var blocks = new List<double>();
            for (var end = MomentarySteps; end <= _steps.Count; end++)
            {
                var power = Mean(end, MomentarySteps);
                if (Loudness(power) > AbsoluteGate)
                    blocks.Add(power);
            }
            if (blocks.Count == 0)
                return double.NegativeInfinity;
            var gate = Loudness(blocks.Average()) + RelativeGate;
            return Loudness(blocks.Where(power => Loudness(power) > gate).Average());
        }
    }

    /// <summary>Takes the next samples; those of the channels lie side by side.</summary>
    public void Add(ReadOnlySpan<short> samples)
    {
        foreach (var sample in samples)
        {
            var value = _filters[_channel].Next(sample / 32768.0);
            _sum += value * value * (_channel >= 3 ? SurroundWeight : 1);
            _channel = (_channel + 1) % _channels;
            if (_channel == 0 && ++_filled == _step)
                Step();
        }
    }

    private void Step()
    {
        _steps.Add(_sum / _step);
        (_sum, _filled) = (0, 0);
        MaxMomentary = Math.Max(MaxMomentary, Momentary);
        MaxShortTerm = Math.Max(MaxShortTerm, ShortTerm);
    }

    private double Last(int count) => Loudness(Mean(_steps.Count, count));

    private double Mean(int end, int count)
    {
        var sum = 0.0;
        for (var i = end - count; i < end; i++)
            sum += _steps[i];
        return sum / count;
    }

    private static double Loudness(double power) => Offset + 10 * Math.Log10(power);
}
