namespace UnifiedMsg.Mime;

/// <summary>Makes the envelope of a header. RFC 9051 §7.5.2.</summary>
internal static class EnvelopeReader
{
    /// <summary>The envelope; Sender and Reply-To are From where they are missing or empty, as §7.5.2 asks of the server.</summary>
    public static Envelope Read(HeaderBlock header)
    {
        var from = AddressListReader.Read(header.FindList("From"u8));
        var sender = AddressListReader.Read(header.FindList("Sender"u8));
        var replyTo = AddressListReader.Read(header.FindList("Reply-To"u8));
        return new Envelope(
            header.Find("Date"u8), header.Find("Subject"u8), from, sender.Count == 0 ? from : sender,
            replyTo.Count == 0 ? from : replyTo, AddressListReader.Read(header.FindList("To"u8)),
            AddressListReader.Read(header.FindList("Cc"u8)), AddressListReader.Read(header.FindList("Bcc"u8)),
            header.Find("In-Reply-To"u8), header.Find("Message-ID"u8))
        {
            References = header.Find("References"u8),
        };
    }
}
