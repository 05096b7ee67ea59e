using System.Diagnostics;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Recording;
using UnifiedMsg.Media.Rtp;
using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Benchmarks.Media;

/// <summary>A call of the measured process: recorded to a file, played to without an end, or both.</summary>
internal sealed class MeasuredCall(AudioSession session) : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private RecordingWriter? _writer;
    private ActiveRecording? _recording;
    private Task _playing = Task.CompletedTask;

    public AudioSession Session => session;

    /// <summary>The file of the recording.</summary>
    public string? Path => _writer?.Path;

    public async Task RecordAsync(RecordingDisk disk, string path, Delays? delays, SendTimes? times, int number)
    {
        _writer = await disk.CreateAsync(path, session.SampleRate, CancellationToken.None);
        _recording = session.StartRecording(times is null ? _writer : new Meter(_writer, delays!, times, number, session.SampleRate / 50));
    }

    public void Play(AudioClip clip) => _playing = session.PlayAsync(new Loop(clip), _end.Token);

    public async Task StopPlayingAsync()
    {
        await _end.CancelAsync();
        await _playing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Ends the call.</summary>
    /// <returns>How much was recorded.</returns>
    public async Task<TimeSpan> EndAsync()
    {
        await StopPlayingAsync();
        _recording?.Dispose();
        var recorded = _writer is null ? TimeSpan.Zero : await _writer.CompleteAsync();
        await DisposeAsync();
        return recorded;
    }

    public async ValueTask DisposeAsync()
    {
        await session.DisposeAsync();
        if (_writer is not null)
            await _writer.DisposeAsync();
        _end.Dispose();
    }

    /// <summary>Notes for each packet how long it took from the sender to the recorder.</summary>
    private sealed class Meter(IPcmSink sink, Delays delays, SendTimes times, int call, int perPacket) : IPcmSink
    {
        private long _samples;

        public bool Write(ReadOnlySpan<short> samples)
        {
            _samples += samples.Length;
            delays.Add(Stopwatch.GetElapsedTime(times[call, _samples / perPacket - 1]));
            return sink.Write(samples);
        }
    }

    private sealed class Loop(AudioClip clip) : IAudioSource
    {
        private int _position;

        public int SampleRate => clip.SampleRate;

        public int Read(Span<short> samples)
        {
            for (var written = 0; written < samples.Length;)
            {
                var part = clip.Samples.Span[_position..];
                part = part[..Math.Min(part.Length, samples.Length - written)];
                part.CopyTo(samples[written..]);
                written += part.Length;
                _position = (_position + part.Length) % clip.Samples.Length;
            }
            return samples.Length;
        }
    }
}

/// <summary>Counts delays by the millisecond.</summary>
internal sealed class Delays
{
    private readonly long[] _counts = new long[2000];

    public void Add(TimeSpan delay) => Interlocked.Increment(ref _counts[Math.Clamp((int)delay.TotalMilliseconds, 0, _counts.Length - 1)]);

    public void Clear() => Array.Clear(_counts);

    /// <summary>The delay, in whole milliseconds rounded up, that this share of the packets did not exceed.</summary>
    public int At(double share)
    {
        var left = (long)Math.Ceiling(_counts.Sum() * share);
        for (var i = 0; i < _counts.Length; i++)
        {
            left -= _counts[i];
            if (left <= 0)
                return i + 1;
        }
        return _counts.Length;
    }
}
