using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Network;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>IDLE: tells of changes as they are committed, until DONE.</summary>
internal static class IdleCommand
{
    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        if (!command.Arguments.ExpectEnd()) return command.Wrong();
        session.Writer.Raw("+ idling\r\n"u8);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var line = session.Lines.ReadLineAsync(cancellationToken).AsTask();
        try
        {
            while (true)
            {
                await ChangeAnnouncer.AnnounceAsync(session, true, cancellationToken);
                await session.Writer.FlushAsync(cancellationToken);
                if (session.Selected is null) break;
                var change = session.Selected.WaitAsync(done.Token);
                if (await Task.WhenAny(line, change) == line) break;
            }

            return Finish(await line);
        }
        catch (StoreException)
        {
            // The mailbox is gone; the line that is being read must not be left behind with the connection in use.
            session.Writer.Raw("* BYE The selected mailbox was deleted\r\n"u8);
            await session.Writer.FlushAsync(cancellationToken);
            session.Connection.Abort();
            throw new IOException("The selected mailbox was deleted.");
        }
        finally
        {
            await done.CancelAsync();
        }
    }

    private static Reply Finish(LineResult line) => line.Status switch
    {
        LineStatus.TimedOut => throw new TimeoutException("The client idled for too long."),
        LineStatus.End => throw new IOException("The client is gone."),
        LineStatus.Line or LineStatus.BareLineFeed when line.Octets.Length == 4
            && System.Text.Ascii.EqualsIgnoreCase(line.Octets.Span, "DONE"u8) => Reply.Ok("Done"),
        _ => Reply.Bad("Expected DONE"),
    };
}
