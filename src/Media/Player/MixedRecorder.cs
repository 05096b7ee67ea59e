using UnifiedMsg.Media.Rtp;

namespace UnifiedMsg.Media.Player;

/// <summary>
/// Records several people in one file: each has an input, and what was said at the same time is added. A person who says nothing, or whose
/// packets are late, holds the others up for a second; what comes later than that is left out, so that nothing is shifted.
/// </summary>
/// <param name="sink">The recorder of the mix.</param>
/// <param name="sampleRate">Of all inputs, in Hz.</param>
public sealed class MixedRecorder(IPcmSink sink, int sampleRate)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly List<Input> _inputs = [];
    private readonly int _most = (int)(LongestWait.TotalSeconds * sampleRate);
    private int[] _sum = [];
    private short[] _mixed = [];
    private bool _failed;

    /// <summary>A further person, from now on.</summary>
    public IPcmSink AddInput()
    {
        lock (_gate)
        {
            var input = new Input(this);
            _inputs.Add(input);
            return input;
        }
    }

    /// <summary>Takes a person out; what waits of him is still mixed.</summary>
    public void Remove(IPcmSink input)
    {
        lock (_gate)
        {
            ((Input)input).HasLeft = true;
            Mix();
        }
    }

    private bool Write(Input input, ReadOnlySpan<short> samples)
    {
        lock (_gate)
        {
            if (_failed || input.HasLeft)
                return false;
            var late = Math.Min(input.Missed, samples.Length);
            input.Missed -= late;
            input.Waiting.AddRange(samples[late..]);
            Mix();
            return !_failed;
        }
    }

    // So much as everybody has said; more when somebody has fallen too far behind.
    private void Mix()
    {
        var most = _inputs.Count == 0 ? 0 : _inputs.Max(each => each.Waiting.Count);
        var count = Math.Max(most - _most, _inputs.Where(each => !each.HasLeft).Select(each => each.Waiting.Count).DefaultIfEmpty(most).Min());
        if (count > 0)
            Pass(count);
        _inputs.RemoveAll(each => each.HasLeft && each.Waiting.Count == 0);
    }

    private void Pass(int count)
    {
        if (_sum.Length < count)
            (_sum, _mixed) = (new int[count], new short[count]);
        Array.Clear(_sum);
        foreach (var input in _inputs)
        {
            var part = Math.Min(count, input.Waiting.Count);
            for (var i = 0; i < part; i++)
                _sum[i] += input.Waiting[i];
            input.Waiting.RemoveRange(0, part);
            input.Missed += count - part;
        }
        for (var i = 0; i < count; i++)
            _mixed[i] = (short)Math.Clamp(_sum[i], short.MinValue, short.MaxValue);
        _failed |= !sink.Write(_mixed.AsSpan(0, count));
    }

    private sealed class Input(MixedRecorder recorder) : IPcmSink
    {
        public List<short> Waiting { get; } = [];

        // So many of its next samples were due already.
        public int Missed { get; set; }

        public bool HasLeft { get; set; }

        public bool Write(ReadOnlySpan<short> samples) => recorder.Write(this, samples);
    }
}
