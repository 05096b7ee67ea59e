namespace UnifiedMsg.Media.Rtp;

/// <summary>
/// Fills what was lost with the last pitch period, repeated and faded: within 10 ms at full level, then down to silence at 60 ms. Longer
/// gaps are silence, since a sound that is held longer is heard as a fault.
/// </summary>
internal sealed class LossConcealment(int sampleRate)
{
    private readonly short[] _history = new short[sampleRate / 1000 * 48];
    private int _pitch;
    private int _concealed;

    private int Hold => sampleRate / 100;
    private int Longest => sampleRate / 1000 * 60;

    public void Observe(ReadOnlySpan<short> samples)
    {
        _pitch = 0;
        _concealed = 0;
        if (samples.Length >= _history.Length)
        {
            samples[^_history.Length..].CopyTo(_history);
            return;
        }
        _history.AsSpan(samples.Length).CopyTo(_history);
        samples.CopyTo(_history.AsSpan(_history.Length - samples.Length));
    }

    public void Conceal(Span<short> samples)
    {
        if (_pitch == 0)
            _pitch = FindPitch();
        for (var i = 0; i < samples.Length; i++, _concealed++)
        {
            var gain = _concealed < Hold ? 1f : Math.Max(0f, 1f - (float)(_concealed - Hold) / (Longest - Hold));
            samples[i] = gain == 0 ? (short)0 : (short)(_history[_history.Length - _pitch + _concealed % _pitch] * gain);
        }
    }

    // The lag from 2.5 ms (400 Hz) to 15 ms (66 Hz) at which the last 20 ms look most like what was before them.
    private int FindPitch()
    {
        var span = sampleRate / 50;
        var recent = _history.AsSpan(_history.Length - span);
        var best = sampleRate / 1000 * 10;
        var bestScore = 0.0;
        for (var lag = sampleRate / 400; lag <= sampleRate / 1000 * 15; lag++)
        {
            var earlier = _history.AsSpan(_history.Length - span - lag, span);
            long product = 0, energy = 1;
            for (var i = 0; i < span; i++)
            {
                product += recent[i] * earlier[i];
                energy += earlier[i] * earlier[i];
            }
            var score = product <= 0 ? 0 : (double)product * product / energy;
            if (score > bestScore)
            {
                bestScore = score;
                best = lag;
            }
        }
        return best;
    }
}
