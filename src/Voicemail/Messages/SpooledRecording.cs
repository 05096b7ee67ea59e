using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Voicemail.Messages;

/// <summary>Takes up the recording of a call that a crash cut off.</summary>
internal static class SpooledRecording
{
    // What a recorder writes when the process dies before its header is on the disk.
    private const int DefaultSampleRate = 8000;

    /// <summary>Repairs the file and looks for speech; null when there is no file or nothing was said in it.</summary>
    public static async Task<Recording?> RecoverAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) return null;
        var repaired = await WavRecovery.RepairAsync(path, DefaultSampleRate, cancellationToken);
        if (repaired.Duration == TimeSpan.Zero) return null;
        var clip = await WavFile.ReadAsync(path, cancellationToken);
        var speech = new SpeechDetector(clip.SampleRate);
        speech.Add(clip.Samples.Span);
        return speech.ContainsSpeech ? new Recording(path, repaired.Duration) : null;
    }
}
