using System.Numerics;

namespace UnifiedMsg.Media.Audio;

/// <summary>
/// Whether a recording is what was played, by its content: both are aligned where they agree best, then compared sample by sample and frame
/// by frame, so that something lost, inserted or replaced anywhere shows.
/// </summary>
public sealed record AudioComparison
{
    private const int FramesPerSecond = 50;

    // Frames of the original 45 dB below its loudest count as pauses: their loss can't be heard and codecs do as they like in them.
    private const double PauseBelowPeak = 45;

    // A frame that agrees less than this is not the one that was played.
    private const double FrameAgrees = 0.7;

    /// <summary>Where the original begins in the recording; negative when the recording began later.</summary>
    public required TimeSpan Offset { get; init; }

    /// <summary>The correlation of the two where they overlap, -1 to 1.</summary>
    public required double Correlation { get; init; }

    /// <summary>How much of the beginning of the original is missing.</summary>
    public required TimeSpan LostAtHead { get; init; }

    /// <summary>How much of its end is missing.</summary>
    public required TimeSpan LostAtTail { get; init; }

    /// <summary>The longest stretch between head and tail that is missing or is something else.</summary>
    public required TimeSpan LongestGap { get; init; }

    /// <summary>Compares; different rates are made equal first.</summary>
    /// <exception cref="ArgumentException">The original is empty.</exception>
    public static AudioComparison Compare(AudioClip original, AudioClip recording)
    {
        if (original.Samples.IsEmpty)
            throw new ArgumentException("Nothing to compare with", nameof(original));
        var rate = original.SampleRate;
        var wanted = original.Samples.Span;
        var found = recording.Resample(rate).Samples.Span;
        var offset = found.IsEmpty ? 0 : BestOffset(wanted, found);
        var from = Math.Max(0, -offset);
        var to = Math.Max(from, Math.Min(wanted.Length, found.Length - offset));
        var overlap = to > from;
        var (head, tail, gap) = Frames(wanted, found, offset, rate / FramesPerSecond);
        return new AudioComparison
        {
            Offset = TimeSpan.FromSeconds((double)offset / rate),
            Correlation = overlap ? Correlate(wanted[from..to], found[(from + offset)..(to + offset)]) : 0,
            LostAtHead = TimeSpan.FromSeconds((double)head / FramesPerSecond),
            LostAtTail = TimeSpan.FromSeconds((double)tail / FramesPerSecond),
            LongestGap = TimeSpan.FromSeconds((double)gap / FramesPerSecond),
        };
    }

    // Cross-correlation by the transform: both at once, one as the real part and one as the imaginary.
    private static int BestOffset(ReadOnlySpan<short> wanted, ReadOnlySpan<short> found)
    {
        var length = (int)BitOperations.RoundUpToPowerOf2((uint)(wanted.Length + found.Length));
        var both = new Complex[length];
        for (var i = 0; i < Math.Max(wanted.Length, found.Length); i++)
            both[i] = new Complex(i < found.Length ? found[i] : 0, i < wanted.Length ? wanted[i] : 0);
        Fft.Forward(both);
        var product = new Complex[length];
        for (var i = 0; i < length; i++)
        {
            var mirror = Complex.Conjugate(both[(length - i) & (length - 1)]);
            var foundPart = (both[i] + mirror) / 2;
            var wantedPart = (both[i] - mirror) / new Complex(0, 2);
            product[i] = foundPart * Complex.Conjugate(wantedPart);
        }
        Fft.Inverse(product);
        var best = 0;
        for (var i = 1; i < length; i++)
        {
            if (product[i].Real > product[best].Real)
                best = i;
        }
        return best < found.Length ? best : best - length;
    }

    private static (int Head, int Tail, int Gap) Frames(ReadOnlySpan<short> wanted, ReadOnlySpan<short> found, int offset, int frameLength)
    {
        var count = (wanted.Length + frameLength - 1) / frameLength;
        var threshold = Threshold(wanted, frameLength);
        int head = -1, last = -1, gap = 0, missing = 0;
        for (var frame = 0; frame < count; frame++)
        {
            var from = frame * frameLength;
            var part = wanted[from..Math.Min(wanted.Length, from + frameLength)];
            var start = from + offset;
            var inside = start >= 0 && start + part.Length <= found.Length;
            var pause = Energy(part) < threshold;
            if (inside && (pause || Correlate(part, found.Slice(start, part.Length)) >= FrameAgrees))
            {
                head = head < 0 ? frame : head;
                last = frame;
                gap = Math.Max(gap, missing);
                missing = 0;
            }
            else if (head >= 0)
            {
                missing++;
            }
        }
        return head < 0 ? (count, count, count) : (head, count - 1 - last, gap);
    }

    private static double Threshold(ReadOnlySpan<short> wanted, int frameLength)
    {
        var loudest = 0.0;
        for (var from = 0; from + frameLength <= wanted.Length; from += frameLength)
            loudest = Math.Max(loudest, Energy(wanted.Slice(from, frameLength)));
        return loudest * Math.Pow(10, -PauseBelowPeak / 10);
    }

    private static double Energy(ReadOnlySpan<short> samples)
    {
        var sum = 0L;
        foreach (var sample in samples)
            sum += sample * sample;
        return (double)sum / samples.Length;
    }

    private static double Correlate(ReadOnlySpan<short> a, ReadOnlySpan<short> b)
    {
        double product = 0, energyA = 0, energyB = 0;
        for (var i = 0; i < a.Length; i++)
        {
            product += (double)a[i] * b[i];
            energyA += (double)a[i] * a[i];
            energyB += (double)b[i] * b[i];
        }
        return energyA == 0 || energyB == 0 ? energyA == energyB ? 1 : 0 : product / Math.Sqrt(energyA * energyB);
    }
}
