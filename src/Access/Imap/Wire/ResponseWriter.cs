using System.Buffers;
using System.Buffers.Text;
using System.Text;
using UnifiedMsg.Network;

namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>Writes responses into the connection's output; nothing is sent before a flush.</summary>
internal sealed class ResponseWriter(StreamConnection connection)
{
    // Answers gather up to here before they are sent, so that small ones share a packet and big ones hold little memory.
    private const int FlushAt = 32 * 1024;

    // Longer strings go as literals: some clients read lines into a fixed buffer.
    private const int LongestQuoted = 1000;

    private int _unsent;

    /// <summary>Whether strings may be quoted UTF-8: after ENABLE of IMAP4rev2 or UTF8=ACCEPT. Else UTF-8 goes as a literal.</summary>
    public bool Utf8 { get; set; }

    /// <summary>Writes octets as they are.</summary>
    public ResponseWriter Raw(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty) return this;
        connection.Output.Write(octets);
        _unsent += octets.Length;
        AtLineStart = octets[^1] == '\n';
        return this;
    }

    /// <summary>Writes protocol text, which must be ASCII.</summary>
    public ResponseWriter Text(string text)
    {
        var span = connection.Output.GetSpan(text.Length);
        var length = Encoding.ASCII.GetBytes(text, span);
        connection.Output.Advance(length);
        _unsent += length;
        AtLineStart = false;
        return this;
    }

    /// <summary>Writes a number.</summary>
    public ResponseWriter Number(long number)
    {
        var span = connection.Output.GetSpan(20);
        Utf8Formatter.TryFormat(number, span, out var length);
        connection.Output.Advance(length);
        _unsent += length;
        AtLineStart = false;
        return this;
    }

    /// <summary>Ends the line.</summary>
    public ResponseWriter End() => Raw("\r\n"u8);

    /// <summary>Whether the last response is complete; else another one can't follow it.</summary>
    public bool AtLineStart { get; private set; } = true;

    /// <summary>Writes a string, or NIL for null.</summary>
    public ResponseWriter NString(string? text) => text is null ? Raw("NIL"u8) : String(text);

    /// <summary>Writes a string: quoted where that is possible, else a literal.</summary>
    public ResponseWriter String(string text)
    {
        var ascii = !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
        if (text.Length > LongestQuoted || (!ascii && !(Utf8 && !text.Any(char.IsControl)))) return Literal(Encoding.UTF8.GetBytes(text.Replace("\0", "")));
        Raw("\""u8);
        if (text.AsSpan().ContainsAny('"', '\\')) text = text.Replace("\\", "\\\\").Replace("\"", "\\\"");
        if (ascii) Text(text);
        else Raw(Encoding.UTF8.GetBytes(text));
        return Raw("\""u8);
    }

    /// <summary>Writes a literal.</summary>
    public ResponseWriter Literal(ReadOnlySpan<byte> octets) => LiteralMark(octets.Length).Raw(octets);

    /// <summary>Announces a literal whose octets follow.</summary>
    public ResponseWriter LiteralMark(long size) => Raw("{"u8).Number(size).Raw("}\r\n"u8);

    /// <summary>Writes a mailbox name: modified UTF-7, or UTF-8 where the client has enabled that.</summary>
    public ResponseWriter Mailbox(string path) => String(Utf8 ? path : MailboxName.Encode(path));

    /// <summary>Sends what was written. Throws when the client is gone, so that no work goes on for it.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        _unsent = 0;
        if (!await connection.FlushAsync(cancellationToken)) throw new IOException("The client is gone.");
    }

    /// <summary>Sends what was written once it is much; to be called between parts of a long answer, holding nothing of the store.</summary>
    public ValueTask FlushIfMuchAsync(CancellationToken cancellationToken) =>
        _unsent < FlushAt ? ValueTask.CompletedTask : FlushAsync(cancellationToken);

    /// <summary>Copies exactly <paramref name="count"/> octets of a stream from where it stands; what is missing becomes spaces, as the
    /// length was announced.</summary>
    public async ValueTask CopyAsync(Stream source, long count, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            var memory = connection.Output.GetMemory(4096);
            if (memory.Length > count) memory = memory[..(int)count];
            var read = await source.ReadAsync(memory, cancellationToken);
            if (read == 0)
            {
                memory.Span.Fill((byte)' ');
                read = memory.Length;
            }

            connection.Output.Advance(read);
            _unsent += read;
            count -= read;
            await FlushIfMuchAsync(cancellationToken);
        }
    }
}
