using UnifiedMsg.Media.Codecs;

namespace UnifiedMsg.Media.Sdp;

/// <summary>Which codecs we speak, and which of them wins.</summary>
/// <param name="Codecs">In the order in which we offer them; at least one.</param>
/// <param name="OursFirst">Whether our order decides in answers too; else the caller's does.</param>
public sealed record CodecPreference(IReadOnlyList<AudioCodec> Codecs, bool OursFirst = false)
{
    /// <summary>What every installation speaks, the caller's choice first.</summary>
    public static CodecPreference Default { get; } = new(AudioCodec.BuiltIn);

    /// <inheritdoc/>
    public override string ToString() => $"{string.Join(", ", Codecs)}; {(OursFirst ? "our" : "the caller's")} order decides";
}
