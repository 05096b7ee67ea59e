namespace UnifiedMsg.Mime.Tests;

/// <summary>A seekable stream that gives few octets at a time.</summary>
internal sealed class TrickleStream(byte[] octets, int most) : MemoryStream(octets, false)
{
    public override int Read(Span<byte> buffer) => base.Read(buffer.Length > most ? buffer[..most] : buffer);

    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, most));
}
