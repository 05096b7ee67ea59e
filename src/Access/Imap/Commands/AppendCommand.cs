using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Network;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>APPEND: puts a message into a mailbox; its octets go from the wire into the store as they come.</summary>
internal static class AppendCommand
{
    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        if (command.Message is not { } mark) return Reply.Bad("The message must come as a literal");
        if (!AppendArguments.TryParse(command.Arguments, out var arguments))
            return mark.Waits ? command.Wrong() : await DropAsync(session, arguments, mark, command.Wrong(), cancellationToken);
        var refusal = mark.Size > session.Options.MaxMessageSize ? Reply.No("The message is too large", "TOOBIG")
            : mark.Size == 0 ? Reply.No("The message is empty")
            : arguments.Utf8 && !session.Writer.Utf8 ? Reply.Bad("Enable UTF8=ACCEPT first") : (Reply?)null;
        var folder = refusal is null ? await session.FindMailboxAsync(arguments.Mailbox, cancellationToken) : null;
        refusal ??= folder is null ? Reply.No("No such mailbox", "TRYCREATE") : await RefuseFullAsync(session, folder, mark.Size, cancellationToken);
        if (refusal is not null)
        {
            // A client that waits is answered in place of the go-ahead; what another has sent already is read and dropped.
            return mark.Waits ? refusal.Value : await DropAsync(session, arguments, mark, refusal.Value, cancellationToken);
        }

        await session.ContinueAsync(mark, cancellationToken);
        await using var staged = await StageAsync(session, arguments, mark, cancellationToken);
        if (!await ReadEndAsync(session, arguments, cancellationToken)) return Reply.Bad("Unexpected text after the message");
        return await AppendAsync(session, folder!, arguments, staged, cancellationToken);
    }

    private static async ValueTask<StagedContent> StageAsync(
        ImapSession session, AppendArguments arguments, LiteralMark mark, CancellationToken cancellationToken)
    {
        var literal = session.Lines.ReadLiteral(mark.Size);
        try
        {
            return await session.Store.StageAsync(literal, session.Options.MaxMessageSize, cancellationToken);
        }
        catch (Exception fault) when (fault is not (IOException or OperationCanceledException or TimeoutException))
        {
            // Refused or failed, the rest of the message and the command's last line must not be taken for commands.
            await literal.DrainAsync(cancellationToken);
            await ReadEndAsync(session, arguments, cancellationToken);
            throw;
        }
    }

    // Looked at before the go-ahead, so that nobody sends what can't be kept; the unit that appends decides. How full other people's
    // mailboxes are is not told beforehand.
    private static async ValueTask<Reply?> RefuseFullAsync(ImapSession session, Folder folder, long size, CancellationToken cancellationToken) =>
        folder.AccountId != session.AccountId || (await session.Store.ReadQuotaAsync(folder.AccountId, cancellationToken)).Takes(size) ? null : Reply.No("The mailbox is full", "OVERQUOTA");

    private static async ValueTask<Reply> AppendAsync(
        ImapSession session, Folder folder, AppendArguments arguments, StagedContent staged, CancellationToken cancellationToken)
    {
        var item = new NewItem(ItemKind.Mail, arguments.Flags, arguments.Keywords, arguments.Date);
        var appended = await session.Store.AppendAsync(folder.Id, staged, item, cancellationToken);
        // RFC 9051 §6.3.12: appended to the selected mailbox, it is told of at once.
        if (session.Selected?.Id == folder.Id) session.Selected.Touch();
        return Reply.Ok("Appended", $"APPENDUID {folder.UidValidity} {appended.Uid}");
    }

    private static async ValueTask<Reply> DropAsync(
        ImapSession session, AppendArguments arguments, LiteralMark mark, Reply refusal, CancellationToken cancellationToken)
    {
        // Dropping more than this would let a client hold the connection with data that nobody wants.
        if (mark.Size > 2 * session.Options.MaxMessageSize) return refusal with { Close = true };
        await session.Lines.ReadLiteral(mark.Size).DrainAsync(cancellationToken);
        await ReadEndAsync(session, arguments, cancellationToken);
        return refusal;
    }

    // The command's last line: empty, or the bracket that closes UTF8 (…).
    private static async ValueTask<bool> ReadEndAsync(ImapSession session, AppendArguments arguments, CancellationToken cancellationToken)
    {
        session.Lines.MaxLineLength = ImapLimits.CommandOctets;
        var line = await session.Lines.ReadLineAsync(cancellationToken);
        if (line.Status is LineStatus.TimedOut) throw new TimeoutException("The command did not end.");
        return line.Status is LineStatus.Line or LineStatus.BareLineFeed
            && (arguments.Utf8 ? line.Octets.Span is [(byte)')'] : line.Octets.IsEmpty);
    }
}
