using UnifiedMsg.Mime;

namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>Writes ENVELOPE, BODY and BODYSTRUCTURE. RFC 9051 §7.5.2.</summary>
internal static class StructureWriter
{
    /// <summary>Writes an envelope.</summary>
    public static void WriteEnvelope(ResponseWriter writer, Envelope envelope)
    {
        writer.Raw("("u8).NString(envelope.Date).Raw(" "u8).NString(envelope.Subject);
        WriteAddresses(writer, envelope.From);
        WriteAddresses(writer, envelope.Sender);
        WriteAddresses(writer, envelope.ReplyTo);
        WriteAddresses(writer, envelope.To);
        WriteAddresses(writer, envelope.Cc);
        WriteAddresses(writer, envelope.Bcc);
        writer.Raw(" "u8).NString(envelope.InReplyTo).Raw(" "u8).NString(envelope.MessageId).Raw(")"u8);
    }

    /// <summary>Writes a body structure, with extension data if <paramref name="extended"/>.</summary>
    public static void WriteBody(ResponseWriter writer, MessagePart part, bool extended)
    {
        writer.Raw("("u8);
        if (part.Type == "multipart") WriteMultipart(writer, part, extended);
        else WriteSingle(writer, part, extended);
        writer.Raw(")"u8);
    }

    private static void WriteAddresses(ResponseWriter writer, IReadOnlyList<EnvelopeAddress> addresses)
    {
        if (addresses.Count == 0)
        {
            writer.Raw(" NIL"u8);
            return;
        }

        writer.Raw(" ("u8);
        foreach (var address in addresses)
            writer.Raw("("u8).NString(address.Name).Raw(" NIL "u8).NString(address.Mailbox).Raw(" "u8).NString(address.Host).Raw(")"u8);
        writer.Raw(")"u8);
    }

    private static void WriteMultipart(ResponseWriter writer, MessagePart part, bool extended)
    {
        foreach (var child in part.Children) WriteBody(writer, child, extended);
        writer.Raw(" "u8).String(part.Subtype);
        if (!extended) return;
        writer.Raw(" "u8);
        WriteParameters(writer, part.Parameters);
        WriteCommonExtension(writer, part);
    }

    private static void WriteSingle(ResponseWriter writer, MessagePart part, bool extended)
    {
        writer.String(part.Type).Raw(" "u8).String(part.Subtype).Raw(" "u8);
        WriteParameters(writer, part.Parameters);
        writer.Raw(" "u8).NString(part.Id).Raw(" "u8).NString(part.Description).Raw(" "u8).String(part.Encoding);
        writer.Raw(" "u8).Number(part.BodyLength);
        if (part.Envelope is not null && part.Children.Count == 1)
        {
            writer.Raw(" "u8);
            WriteEnvelope(writer, part.Envelope);
            writer.Raw(" "u8);
            WriteBody(writer, part.Children[0], extended);
            writer.Raw(" "u8).Number(part.Lines);
        }
        else if (part.Type == "text")
        {
            writer.Raw(" "u8).Number(part.Lines);
        }

        if (!extended) return;
        writer.Raw(" "u8).NString(part.Md5);
        WriteCommonExtension(writer, part);
    }

    private static void WriteCommonExtension(ResponseWriter writer, MessagePart part)
    {
        if (part.Disposition is null)
        {
            writer.Raw(" NIL"u8);
        }
        else
        {
            writer.Raw(" ("u8).String(part.Disposition).Raw(" "u8);
            WriteParameters(writer, part.DispositionParameters);
            writer.Raw(")"u8);
        }

        WriteLanguages(writer, part.Languages);
        writer.Raw(" "u8).NString(part.Location);
    }

    private static void WriteLanguages(ResponseWriter writer, IReadOnlyList<string> languages)
    {
        if (languages.Count == 0)
        {
            writer.Raw(" NIL"u8);
            return;
        }

        var separator = " ("u8;
        foreach (var language in languages)
        {
            writer.Raw(separator).String(language);
            separator = " "u8;
        }

        writer.Raw(")"u8);
    }

    private static void WriteParameters(ResponseWriter writer, IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        if (parameters.Count == 0)
        {
            writer.Raw("NIL"u8);
            return;
        }

        var separator = "("u8;
        foreach (var (name, value) in parameters)
        {
            writer.Raw(separator).String(name).Raw(" "u8).String(value);
            separator = " "u8;
        }

        writer.Raw(")"u8);
    }
}
