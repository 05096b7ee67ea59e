namespace UnifiedMsg.Media.Player;

/// <summary>A gain that goes to its target in a straight line.</summary>
internal sealed class GainRamp(int sampleRate)
{
    private double _gain = 1;
    private double _target = 1;
    private double _step;
    private int _left;

    /// <summary>True when it is 0 and stays so.</summary>
    public bool IsSilent => _left == 0 && _gain == 0;

    /// <summary>Samples until it is at its target; very many when it is there and not silent.</summary>
    public int Left => _left > 0 ? _left : int.MaxValue;

    public void Set(double gain) => (_gain, _target, _left) = (gain, gain, 0);

    public void To(double gain, TimeSpan time)
    {
        _target = gain;
        _left = Math.Max(1, (int)(time.TotalSeconds * sampleRate));
        _step = (gain - _gain) / _left;
    }

    public void Apply(Span<short> samples)
    {
        if (_left == 0 && _gain == 1)
            return;
        foreach (ref var sample in samples)
        {
            if (_left > 0)
                _gain = --_left == 0 ? _target : _gain + _step;
            sample = (short)Math.Clamp(Math.Round(sample * _gain), short.MinValue, short.MaxValue);
        }
    }
}
