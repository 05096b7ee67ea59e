using System.Runtime.InteropServices;
using UnifiedMsg.Media.Audio;

namespace UnifiedMsg.Media.Player;

/// <summary>
/// Plays a source faster or slower at the same pitch (WSOLA): short pieces of it are laid over each other, each taken where it goes on best
/// from the one before, near the place at which the speed wants it.
/// </summary>
internal sealed class TimeStretch
{
    // Pieces of 24 ms, of which half overlaps: several periods of the lowest voice, shorter than a sound. They may be taken up to 8 ms
    // away from their place, a period of 125 Hz.
    private const double PieceSeconds = 0.024;
    private const double SearchSeconds = 0.008;

    private readonly IAudioSource _source;
    private readonly int _half;
    private readonly int _search;
    private readonly float[] _rise;
    private readonly float[] _tail;
    private readonly short[] _ready;
    private readonly List<float> _input = [];
    private readonly short[] _read;
    private int _readyFrom;
    private int _readyTo;
    private double _place;
    private int _next;
    private bool _sourceEnded;
    private bool _begun;

    public TimeStretch(IAudioSource source)
    {
        _source = source;
        _half = (int)(PieceSeconds / 2 * source.SampleRate);
        _search = (int)(SearchSeconds * source.SampleRate);
        _rise = [.. Enumerable.Range(0, _half).Select(i => (float)(0.5 - 0.5 * Math.Cos(Math.PI * (i + 0.5) / _half)))];
        _tail = new float[_half];
        _ready = new short[_half];
        _read = new short[_half];
    }

    /// <summary>How fast: 1 is as it was recorded. May change at any time.</summary>
    public double Speed { get; set; } = 1;

    /// <summary>Samples of the source that were read and are not heard yet.</summary>
    public int Pending => Math.Max(0, _input.Count - (int)_place) + (int)((_readyTo - _readyFrom) * Speed);

    /// <summary>Forgets what was read: the source was moved.</summary>
    public void Reset()
    {
        _input.Clear();
        (_place, _next, _readyFrom, _readyTo) = (0, 0, 0, 0);
        (_sourceEnded, _begun) = (false, false);
    }

    /// <summary>Gives the next samples; fewer than asked for at the end.</summary>
    public int Read(Span<short> samples)
    {
        var count = 0;
        while (count < samples.Length && (_readyFrom < _readyTo || Piece()))
        {
            var part = Math.Min(samples.Length - count, _readyTo - _readyFrom);
            _ready.AsSpan(_readyFrom, part).CopyTo(samples[count..]);
            _readyFrom += part;
            count += part;
        }
        return count;
    }

    // One half of a piece further: what was the end of the last piece fades into the beginning of the next.
    private bool Piece()
    {
        Fill((int)_place + _search + 2 * _half);
        var wanted = (int)_place;
        if (wanted >= _input.Count)
            return false;
        var at = _begun ? Best(wanted) : wanted;
        var input = CollectionsMarshal.AsSpan(_input);
        var length = Math.Min(_half, input.Length - at);
        for (var i = 0; i < length; i++)
        {
            var value = _begun ? _tail[i] + _rise[i] * input[at + i] : input[at + i];
            _ready[i] = (short)Math.Clamp(MathF.Round(value), short.MinValue, short.MaxValue);
        }
        (_readyFrom, _readyTo, _begun) = (0, length, true);
        _next = at + _half;
        for (var i = 0; i < _half; i++)
            _tail[i] = _next + i < input.Length ? (1 - _rise[i]) * input[_next + i] : 0;
        _place += _half * Speed;
        Forget();
        return true;
    }

    private void Fill(int count)
    {
        while (!_sourceEnded && _input.Count < count)
        {
            var read = _source.Read(_read);
            for (var i = 0; i < read; i++)
                _input.Add(_read[i]);
            _sourceEnded = read < _read.Length;
        }
    }

    // Where the sound is most like that which would have followed: by the correlation, related to the energy of the place.
    private int Best(int wanted)
    {
        var input = CollectionsMarshal.AsSpan(_input);
        var last = Math.Min(wanted + _search, input.Length - _half);
        // At its own speed the sound stays as it is, sample for sample.
        if (_next == wanted || _next + _half > input.Length || last < Math.Max(0, wanted - _search))
            return wanted;
        var natural = input.Slice(_next, _half);
        var best = wanted;
        var most = float.MinValue;
        for (var at = Math.Max(0, wanted - _search); at <= last; at++)
        {
            var there = input.Slice(at, _half);
            var likeness = DotProduct.Of(natural, there) / MathF.Sqrt(DotProduct.Of(there, there) + 1);
            if (likeness <= most)
                continue;
            (best, most) = (at, likeness);
        }
        return best;
    }

    // What lies before all places that may still be looked at goes.
    private void Forget()
    {
        var past = Math.Min(_next, (int)_place - _search);
        if (past < 16 * _half)
            return;
        _input.RemoveRange(0, past);
        _place -= past;
        _next -= past;
    }
}
