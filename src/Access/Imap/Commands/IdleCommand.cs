using UnifiedMsg.Access.Imap.Session;
using UnifiedMsg.Network;
using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Commands;

/// <summary>IDLE: tells of changes as they are committed, until DONE.</summary>
internal static class IdleCommand
{
    // A client that idles asks for nothing, and all that idle meet when the mailboxes are back.
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    public static async ValueTask<Reply> RunAsync(ImapSession session, ImapCommand command, CancellationToken cancellationToken)
    {
        if (!command.Arguments.ExpectEnd()) return command.Wrong();
        session.Writer.Raw("+ idling\r\n"u8);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var line = session.Lines.ReadLineAsync(done.Token).AsTask();
        try
        {
            while (true)
            {
                var isTold = await TryAnnounceAsync(session, cancellationToken);
                await session.Writer.FlushAsync(cancellationToken);
                if (session.Selected is null) break;
                var change = isTold ? session.Selected.WaitAsync(done.Token) : Task.Delay(BetweenTries, session.Time, done.Token);
                if (await Task.WhenAny(line, change) == line) break;
            }

            return Finish(await line);
        }
        catch (StoreException)
        {
            session.Writer.Raw("* BYE The selected mailbox was deleted\r\n"u8);
            await session.Writer.FlushAsync(CancellationToken.None);
            // The line that is being read must not be left behind with the connection in use; to cut that off would take the BYE with it.
            await done.CancelAsync();
            await ((Task)line).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new IOException("The selected mailbox was deleted.");
        }
        finally
        {
            await done.CancelAsync();
        }
    }

    // False when the mailboxes can't be reached now: the client is told later and needs no new connection for it.
    private static async ValueTask<bool> TryAnnounceAsync(ImapSession session, CancellationToken cancellationToken)
    {
        try
        {
            await ChangeAnnouncer.AnnounceAsync(session, true, cancellationToken);
            return true;
        }
        catch (Exception fault) when (Outage.Is(fault))
        {
            return false;
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
