using System.Buffers;
using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Network;

namespace UnifiedMsg.Access.Imap.Session;

/// <summary>What came off the wire.</summary>
internal enum CommandStatus
{
    Command,
    LineTooLong,
    LiteralTooLarge,
    TimedOut,
    End,
}

/// <summary>A command's octets, its literals in place; good until the next read.</summary>
internal readonly record struct CommandInput(CommandStatus Status, ReadOnlyMemory<byte> Octets, LiteralMark? Message = null);

/// <summary>Gathers the lines and literals of a command. The message of APPEND is left on the wire for its handler to stream.</summary>
internal sealed class CommandReader(LineReader lines, ResponseWriter writer)
{
    // The buffer goes back to this after a long command, so that an idle connection is cheap.
    private const int KeptOctets = 4096;

    private ArrayBufferWriter<byte> _octets = new(256);

    /// <summary>Octets that a command may have.</summary>
    public int MaxOctets { get; set; } = ImapLimits.CommandOctetsBeforeLogin;

    /// <summary>Reads the next command.</summary>
    public async ValueTask<CommandInput> ReadAsync(CancellationToken cancellationToken)
    {
        if (_octets.Capacity > KeptOctets) _octets = new ArrayBufferWriter<byte>(256);
        else _octets.ResetWrittenCount();
        while (true)
        {
            lines.MaxLineLength = Math.Max(1, MaxOctets - _octets.WrittenCount);
            var line = await lines.ReadLineAsync(cancellationToken);
            if (line.Status is LineStatus.End) return new CommandInput(CommandStatus.End, default);
            if (line.Status is LineStatus.TimedOut) return new CommandInput(CommandStatus.TimedOut, default);
            if (line.Status is LineStatus.TooLong) return new CommandInput(CommandStatus.LineTooLong, _octets.WrittenMemory);
            _octets.Write(line.Octets.Span);
            if (!LiteralMark.TryParse(line.Octets.Span, out var mark)) return new CommandInput(CommandStatus.Command, _octets.WrittenMemory);
            if (AppendArguments.IsMessageNext(_octets.WrittenMemory))
                return new CommandInput(CommandStatus.Command, _octets.WrittenMemory, mark);
            if (mark.Size > MaxOctets - _octets.WrittenCount - 2)
                return new CommandInput(CommandStatus.LiteralTooLarge, _octets.WrittenMemory, mark);
            await ReadLiteralAsync(mark, cancellationToken);
        }
    }

    /// <summary>Tells a client that waits to go on with its literal.</summary>
    public async ValueTask ContinueAsync(LiteralMark mark, CancellationToken cancellationToken)
    {
        if (!mark.Waits) return;
        writer.Raw("+ OK\r\n"u8);
        await writer.FlushAsync(cancellationToken);
    }

    private async ValueTask ReadLiteralAsync(LiteralMark mark, CancellationToken cancellationToken)
    {
        await ContinueAsync(mark, cancellationToken);
        _octets.Write("\r\n"u8);
        var size = (int)mark.Size;
        var memory = _octets.GetMemory(Math.Max(size, 1))[..size];
        await lines.ReadLiteral(size).ReadExactlyAsync(memory, cancellationToken);
        _octets.Advance(size);
    }
}
