using System.Buffers;
using System.Text;

namespace UnifiedMsg.Mime;

/// <summary>
/// The stored form of a summary: a version octet, then fields in the order of the records. Numbers are LEB128, a string is
/// its length in octets plus one (0 means null) and UTF-8, a list its count and its elements. The form of a version never
/// changes: what is stored is read for ever.
/// </summary>
public static class MessageSummaryCodec
{
    /// <summary>The version written now.</summary>
    public const byte Version = 1;

    /// <summary>The stored form of a summary.</summary>
    public static byte[] Encode(MessageSummary summary)
    {
        var output = new ArrayBufferWriter<byte>(512);
        output.Write([Version]);
        WriteEnvelope(output, summary.Envelope);
        WritePart(output, summary.Body);
        WriteString(output, summary.Preview);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The summary of its stored form.</summary>
    /// <exception cref="InvalidDataException">The octets are damaged or of a later version.</exception>
    public static MessageSummary Decode(ReadOnlySpan<byte> octets)
    {
        var reader = new Reader(octets);
        var version = reader.ReadByte();
        if (version != Version) throw new InvalidDataException($"The message summary is of version {version}; known is {Version}.");
        var summary = new MessageSummary(ReadEnvelope(ref reader), ReadPart(ref reader, 0), reader.ReadString() ?? "");
        return reader.AtEnd ? summary : throw new InvalidDataException("The message summary is longer than its content.");
    }

    private static void WriteEnvelope(ArrayBufferWriter<byte> output, Envelope envelope)
    {
        WriteString(output, envelope.Date);
        WriteString(output, envelope.Subject);
        WriteAddresses(output, envelope.From);
        WriteAddresses(output, envelope.Sender);
        WriteAddresses(output, envelope.ReplyTo);
        WriteAddresses(output, envelope.To);
        WriteAddresses(output, envelope.Cc);
        WriteAddresses(output, envelope.Bcc);
        WriteString(output, envelope.InReplyTo);
        WriteString(output, envelope.MessageId);
    }

    private static Envelope ReadEnvelope(ref Reader reader) => new(
        reader.ReadString(), reader.ReadString(), ReadAddresses(ref reader), ReadAddresses(ref reader), ReadAddresses(ref reader),
        ReadAddresses(ref reader), ReadAddresses(ref reader), ReadAddresses(ref reader), reader.ReadString(), reader.ReadString());

    private static void WriteAddresses(ArrayBufferWriter<byte> output, IReadOnlyList<EnvelopeAddress> addresses)
    {
        WriteNumber(output, addresses.Count);
        foreach (var address in addresses)
        {
            WriteString(output, address.Name);
            WriteString(output, address.Mailbox);
            WriteString(output, address.Host);
        }
    }

    private static EnvelopeAddress[] ReadAddresses(ref Reader reader)
    {
        var addresses = new EnvelopeAddress[reader.ReadCount(3)];
        for (var i = 0; i < addresses.Length; i++)
            addresses[i] = new EnvelopeAddress(reader.ReadString(), reader.ReadString(), reader.ReadString());
        return addresses;
    }

    private static void WritePart(ArrayBufferWriter<byte> output, MessagePart part)
    {
        WriteString(output, part.Type);
        WriteString(output, part.Subtype);
        WriteParameters(output, part.Parameters);
        WriteString(output, part.Id);
        WriteString(output, part.Description);
        WriteString(output, part.Encoding);
        WriteString(output, part.Md5);
        WriteString(output, part.Disposition);
        WriteParameters(output, part.DispositionParameters);
        WriteNumber(output, part.Languages.Count);
        foreach (var language in part.Languages) WriteString(output, language);
        WriteString(output, part.Location);
        WriteNumber(output, part.HeaderOffset);
        WriteNumber(output, part.BodyOffset);
        WriteNumber(output, part.BodyLength);
        WriteNumber(output, part.Lines);
        WriteNumber(output, part.Envelope is null ? 0 : 1);
        if (part.Envelope is not null) WriteEnvelope(output, part.Envelope);
        WriteNumber(output, part.Children.Count);
        foreach (var child in part.Children) WritePart(output, child);
    }

    private static MessagePart ReadPart(ref Reader reader, int depth)
    {
        if (depth > SummaryLimits.MaxDepth + 1) throw new InvalidDataException("The message summary is nested too deep.");
        string type = reader.ReadString() ?? "text", subtype = reader.ReadString() ?? "plain";
        var parameters = ReadParameters(ref reader);
        string? id = reader.ReadString(), description = reader.ReadString();
        var encoding = reader.ReadString() ?? "7bit";
        string? md5 = reader.ReadString(), disposition = reader.ReadString();
        var dispositionParameters = ReadParameters(ref reader);
        var languages = new string[reader.ReadCount(1)];
        for (var i = 0; i < languages.Length; i++) languages[i] = reader.ReadString() ?? "";
        var location = reader.ReadString();
        long headerOffset = reader.ReadNumber(), bodyOffset = reader.ReadNumber(), bodyLength = reader.ReadNumber();
        var lines = (int)Math.Min(int.MaxValue, reader.ReadNumber());
        var envelope = reader.ReadNumber() == 0 ? null : ReadEnvelope(ref reader);
        var children = new MessagePart[reader.ReadCount(16)];
        for (var i = 0; i < children.Length; i++) children[i] = ReadPart(ref reader, depth + 1);
        return new MessagePart(
            type, subtype, parameters, id, description, encoding, md5, disposition, dispositionParameters, languages, location,
            headerOffset, bodyOffset, bodyLength, lines, children, envelope);
    }

    private static void WriteParameters(ArrayBufferWriter<byte> output, IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        WriteNumber(output, parameters.Count);
        foreach (var (name, value) in parameters)
        {
            WriteString(output, name);
            WriteString(output, value);
        }
    }

    private static KeyValuePair<string, string>[] ReadParameters(ref Reader reader)
    {
        var parameters = new KeyValuePair<string, string>[reader.ReadCount(2)];
        for (var i = 0; i < parameters.Length; i++) parameters[i] = new(reader.ReadString() ?? "", reader.ReadString() ?? "");
        return parameters;
    }

    private static void WriteNumber(ArrayBufferWriter<byte> output, long value)
    {
        var span = output.GetSpan(10);
        var count = 0;
        for (var rest = (ulong)value; ; rest >>= 7)
        {
            span[count++] = (byte)(rest < 0x80 ? rest : rest | 0x80);
            if (rest < 0x80) break;
        }

        output.Advance(count);
    }

    private static void WriteString(ArrayBufferWriter<byte> output, string? value)
    {
        if (value is null)
        {
            WriteNumber(output, 0);
            return;
        }

        WriteNumber(output, Encoding.UTF8.GetByteCount(value) + 1);
        Encoding.UTF8.GetBytes(value, output);
    }

    private ref struct Reader(ReadOnlySpan<byte> octets)
    {
        private ReadOnlySpan<byte> _rest = octets;

        public readonly bool AtEnd => _rest.IsEmpty;

        public byte ReadByte()
        {
            if (_rest.IsEmpty) throw new InvalidDataException("The message summary is cut off.");
            var value = _rest[0];
            _rest = _rest[1..];
            return value;
        }

        public long ReadNumber()
        {
            ulong value = 0;
            for (var shift = 0; shift < 63; shift += 7)
            {
                var octet = ReadByte();
                value |= (ulong)(octet & 0x7f) << shift;
                if (octet < 0x80) return (long)value;
            }

            throw new InvalidDataException("The message summary has a number that is too large.");
        }

        // A count is believed only if that many elements of their least size can still follow.
        public int ReadCount(int leastSize)
        {
            var count = ReadNumber();
            return count <= _rest.Length / leastSize ? (int)count : throw new InvalidDataException("The message summary is cut off.");
        }

        public string? ReadString()
        {
            var length = ReadNumber();
            if (length == 0) return null;
            if (length - 1 > _rest.Length) throw new InvalidDataException("The message summary is cut off.");
            var text = Encoding.UTF8.GetString(_rest[..(int)(length - 1)]);
            _rest = _rest[(int)(length - 1)..];
            return text;
        }
    }
}
