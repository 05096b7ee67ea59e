using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Signals;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Voicemail.Messages;

/// <summary>Takes up the recording of a call that a crash cut off.</summary>
/// <param name="Recording">The recording; null when there is none, or nothing was said in it.</param>
/// <param name="IsFax">Whether a fax machine is heard in it.</param>
internal sealed record SpooledRecording(Recording? Recording, bool IsFax)
{
    // What a recorder writes when the process dies before its header is on the disk.
    private const int DefaultSampleRate = 8000;

    // Speech beside the tones of a fax machine: somebody spoke first.
    private static readonly TimeSpan ShortestSpeech = TimeSpan.FromSeconds(1);

    /// <summary>Repairs the file and listens to it.</summary>
    public static async Task<SpooledRecording> RecoverAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) return new SpooledRecording(null, false);
        var repaired = await WavRecovery.RepairAsync(path, DefaultSampleRate, cancellationToken);
        if (repaired.Duration == TimeSpan.Zero) return new SpooledRecording(null, false);
        var clip = await WavFile.ReadAsync(path, cancellationToken);
        var speech = new SpeechDetector(clip.SampleRate);
        speech.Add(clip.Samples.Span);
        var fax = new FaxCallDetector(clip.SampleRate);
        fax.Add(clip.Samples.Span);
        var spoken = fax.IsFax ? IsSpokenBeforeFax(speech.Speech) : speech.ContainsSpeech;
        return new SpooledRecording(spoken ? new Recording(path, repaired.Duration, clip.SampleRate) : null, fax.IsFax);
    }

    /// <summary>Whether somebody spoke in a recording that a fax machine ended.</summary>
    /// <param name="speech">How long the detector of speech, which takes the tones for it too, heard some.</param>
    public static bool IsSpokenBeforeFax(TimeSpan speech) => speech - FaxCallDetector.Tones >= ShortestSpeech;
}
