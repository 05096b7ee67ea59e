using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Contents;

/// <summary>Summaries as they are stored: subject, addresses and preview are as secret as the content.</summary>
internal static class PackedSummary
{
    public static byte[] Pack(byte[] encoded, byte[] name, ContentKey? key) =>
        key is null ? encoded : RowSeal.Seal(key, SealedPart.Summary, name, encoded);

    /// <summary>The encoded summary again.</summary>
    /// <exception cref="DamagedContentException">The octets are not what was written.</exception>
    public static byte[] Unpack(byte[] octets, byte[] name, ContentKey? key) =>
        (key is null ? octets : RowSeal.Open(key, SealedPart.Summary, name, octets)) ?? throw Damaged(name);

    /// <summary>The summary.</summary>
    /// <exception cref="DamagedContentException">The octets are not what was written.</exception>
    public static MessageSummary Read(byte[] octets, byte[] name, ContentKey? key)
    {
        try
        {
            return MessageSummaryCodec.Decode(Unpack(octets, name, key));
        }
        catch (InvalidDataException)
        {
            throw Damaged(name);
        }
    }

    private static DamagedContentException Damaged(byte[] name) => new(Convert.ToHexStringLower(name), "its summary is not what was written");
}
