namespace UnifiedMsg.Media.Rtp;

/// <summary>
/// Fills what was lost with the last pitch period, repeated and faded: within 10 ms at full level, then down to silence at 60 ms. Longer
/// gaps are silence, since a sound that is held longer is heard as a fault.
/// </summary>
internal sealed class LossConcealment(int sampleRate)
{
    // Written round and round, so that a packet costs no more than its own samples; put in order when something is lost.
    private readonly short[] _history = new short[sampleRate / 1000 * 48];
    private int _newest;
    private int _pitch;
    private int _concealed;

    private int Hold => sampleRate / 100;
    private int Longest => sampleRate / 1000 * 60;

    public void Observe(ReadOnlySpan<short> samples)
    {
        _pitch = 0;
        _concealed = 0;
        samples = samples[Math.Max(0, samples.Length - _history.Length)..];
        var untilEnd = Math.Min(samples.Length, _history.Length - _newest);
        samples[..untilEnd].CopyTo(_history.AsSpan(_newest));
        samples[untilEnd..].CopyTo(_history);
        _newest = (_newest + samples.Length) % _history.Length;
    }

    public void Conceal(Span<short> samples)
    {
        if (_pitch == 0)
        {
            PutInOrder();
            _pitch = FindPitch();
        }
        for (var i = 0; i < samples.Length; i++, _concealed++)
        {
            var gain = _concealed < Hold ? 1f : Math.Max(0f, 1f - (float)(_concealed - Hold) / (Longest - Hold));
            samples[i] = gain == 0 ? (short)0 : (short)(_history[_history.Length - _pitch + _concealed % _pitch] * gain);
        }
    }

    private void PutInOrder()
    {
        var history = _history.AsSpan();
        history[.._newest].Reverse();
        history[_newest..].Reverse();
        history.Reverse();
        _newest = 0;
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
