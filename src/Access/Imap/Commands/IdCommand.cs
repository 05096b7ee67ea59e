using UnifiedMsg.Access.Imap.Session;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>ID: who the programs are. RFC 2971. What the client says is read and not kept.</summary>
internal static class IdCommand
{
    // RFC 2971 §3.3 allows 30 pairs.
    private const int MaxFields = 60;

    public static ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        var reader = command.Arguments;
        if (!reader.Expect(' ')) return new(command.Wrong());
        if (!reader.TakeWord("NIL"u8) && !reader.TryList(() => reader.TryNString(out _), MaxFields)) return new(command.Wrong());
        if (!reader.ExpectEnd()) return new(command.Wrong());
        session.Writer.Raw("* ID (\"name\" \"UnifiedMsg\")\r\n"u8);
        return new(Reply.Ok("Pleased to meet you"));
    }
}
