namespace UnifiedMsg.Media.Rtp;

/// <summary>Takes samples in their order. Called on the path of the packets: it must not block.</summary>
public interface IPcmSink
{
    /// <summary>Takes the next samples, mono, 16 bits, at the rate of the codec.</summary>
    /// <returns>False when it can take no more (the disk is full, say); it is not called again then.</returns>
    bool Write(ReadOnlySpan<short> samples);
}
