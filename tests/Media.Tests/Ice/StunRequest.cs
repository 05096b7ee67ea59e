using System.Text;
using UnifiedMsg.Media.Ice;

namespace UnifiedMsg.Media.Tests.Ice;

/// <summary>Requests as the full side of ICE sends them (RFC 8445 §7.2.2).</summary>
internal static class StunRequest
{
    public static byte[] For(
        IceParameters ice, bool nominate = false, string? userName = null, string? password = null, StunAttribute role = StunAttribute.IceControlling, ushort unknown = 0)
    {
        var buffer = new byte[StunWriter.MaxLength];
        byte[] transaction = [0x21, 0x12, 0xA4, 0x42, .. Guid.NewGuid().ToByteArray().AsSpan(0, 12)];
        var writer = new StunWriter(buffer, StunMessage.BindingRequest, transaction);
        writer.Add(StunAttribute.Username, Encoding.ASCII.GetBytes(userName ?? ice.ToString()));
        writer.Add(role, new byte[8]);
        writer.Add(StunAttribute.Priority, [0x6E, 0, 1, 0xFF]);
        if (nominate)
            writer.Add(StunAttribute.UseCandidate, []);
        if (unknown != 0)
            writer.Add((StunAttribute)unknown, [1, 2, 3]);
        writer.Seal(Encoding.ASCII.GetBytes(password ?? ice.Password));
        return buffer[..writer.Length];
    }
}
