using System.Net;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Access.Imap.Wire;
using UnifiedMsg.Accounts;
using UnifiedMsg.Accounts.Sasl;
using UnifiedMsg.Network;
using UnifiedMsg.Store;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Access.Imap.Session;

/// <summary>One client's connection: the states of RFC 9051 §3 and the loop that reads a command, runs it and answers.</summary>
internal sealed partial class ImapSession : IDisposable
{
    private readonly ImapServices _services;
    private readonly CommandReader _commands;
    private int _badCommands;
    private int _failedLogins;

    public ImapSession(ImapServices services, StreamConnection connection)
    {
        _services = services;
        Store = services.Store;
        Connection = connection;
        Writer = new ResponseWriter(connection);
        Lines = new LineReader(connection.Input, ImapLimits.CommandOctetsBeforeLogin, services.Options.LoginTimeout, services.Time);
        _commands = new CommandReader(Lines, Writer);
    }

    public ImapOptions Options => _services.Options;

    /// <summary>The store as who logged in may use it.</summary>
    public IStore Store { get; private set; }

    /// <summary>The mailboxes of who logged in; only for commands whose states say so.</summary>
    public Mailboxes Mailboxes { get; private set; } = null!;

    public IAccounts Accounts => _services.Accounts;

    public SaslServer Sasl => _services.Sasl;

    public TimeProvider Time => _services.Time;

    public StreamConnection Connection { get; }

    public ResponseWriter Writer { get; }

    public LineReader Lines { get; }

    /// <summary>Who logged in, or null.</summary>
    public Account? Account { get; private set; }

    /// <summary>The id of who logged in; only for commands whose states say so.</summary>
    public long AccountId => Account!.Id;

    /// <summary>The selected mailbox, or null.</summary>
    public SelectedFolder? Selected { get; private set; }

    /// <summary>Whether the client uses CONDSTORE: FETCH responses then carry MODSEQ. RFC 7162 §3.1.</summary>
    public bool CondStore { get; set; }

    /// <summary>Whether QRESYNC is enabled: VANISHED instead of EXPUNGE. RFC 7162 §3.2.</summary>
    public bool QResync { get; set; }

    /// <summary>Whether IMAP4rev2 is enabled. RFC 9051 §6.3.1.</summary>
    public bool Rev2 { get; set; }

    /// <summary>Who is at the other end, for log-in limits.</summary>
    public SaslPeer Peer => new(Connection.RemoteEndPoint.Address, Connection.Id);

    /// <summary>Whether a password may come on this connection as it is now.</summary>
    public bool PlainLoginAllowed =>
        Connection.IsTls || Options.AllowPlainLogin
        || (Options.AllowPlainLoginOnLoopback && IPAddress.IsLoopback(Connection.RemoteEndPoint.Address));

    private SessionStates State =>
        Account is null ? SessionStates.NotAuthenticated : Selected is null ? SessionStates.Authenticated : SessionStates.Selected;

    /// <summary>Serves the client until it or the server ends the connection.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        Writer.Text($"* OK [CAPABILITY {Capabilities.For(this)}] UnifiedMsg is ready").End();
        await Writer.FlushAsync(stopping);
        try
        {
            // Commands that have come already are read without a look at the token.
            while (await RunOneAsync(stopping)) stopping.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await ByeAsync("The server is going down", "UNAVAILABLE");
        }
        catch (TimeoutException)
        {
            await ByeAsync("Nothing came for too long");
        }
    }

    /// <summary>Enters the authenticated state.</summary>
    public async ValueTask LogInAsync(Account account, CancellationToken cancellationToken)
    {
        await _services.Store.ProvisionAsync(account.Id, cancellationToken);
        // Who comes into a group or leaves it gets or loses its rights at the next log-in.
        var groups = await Accounts.ListGroupIdsAsync(account.Id, cancellationToken);
        var person = new Person(account.Id, [.. groups.Select(group => group.Id)]);
        Store = _services.Store.ForPerson(person);
        Mailboxes = new Mailboxes(Store, Accounts, person);
        Account = account;
        Lines.Timeout = Options.IdleTimeout;
        _commands.MaxOctets = ImapLimits.CommandOctets;
    }

    /// <summary>Slows down and counts a failed log-in; the reply closes the connection when there were too many.</summary>
    public async ValueTask<Reply> RefuseLoginAsync(string text, string code, CancellationToken cancellationToken)
    {
        await Task.Delay(Options.FailedLoginDelay, Time, cancellationToken);
        return new Reply(ReplyKind.No, text, code, ++_failedLogins >= Options.MaxFailedLogins);
    }

    /// <summary>Makes another mailbox, or none, the selected one.</summary>
    public void Select(SelectedFolder? folder)
    {
        Selected?.Dispose();
        Selected = folder;
    }

    /// <summary>
    /// The UIDs in the selected mailbox that a set stands for, ascending; null when it names a message number that is not there. A UID that
    /// was not told here may be known by APPENDUID or from another connection, and to pass over its message would be to say OK to nothing.
    /// </summary>
    public async ValueTask<List<uint>?> ResolveAsync(SequenceSet set, bool byUid, CancellationToken cancellationToken)
    {
        if (byUid && set.ReachesBeyond(Selected!.LastUid))
        {
            Selected.Touch();
            await ChangeAnnouncer.AnnounceAsync(this, false, cancellationToken);
        }

        return Selected!.TryResolve(set, byUid, out var uids) ? uids : null;
    }

    /// <summary>Lets the client send the literal that it announced.</summary>
    public ValueTask ContinueAsync(LiteralMark mark, CancellationToken cancellationToken) =>
        _commands.ContinueAsync(mark, cancellationToken);

    /// <summary>The path of a mailbox name as this client writes it; false when it is malformed.</summary>
    public bool TryPath(string name, out string path)
    {
        path = name;
        if (name.Length == 0 || name.Length > ImapLimits.MailboxNameOctets) return false;
        return Writer.Utf8 || MailboxName.TryDecode(name, out path);
    }

    /// <summary>The mailbox of a name as this client writes it; null when there is none that the person may know of.</summary>
    public async ValueTask<Folder?> FindMailboxAsync(string name, CancellationToken cancellationToken) =>
        TryPath(name, out var path) ? await Mailboxes.FindAsync(path, cancellationToken) : null;

    /// <summary>Whose folder a name as this client writes it means; null when it is malformed or means nobody's.</summary>
    public async ValueTask<MailboxPlace?> LocateMailboxAsync(string name, CancellationToken cancellationToken) =>
        TryPath(name, out var path) ? await Mailboxes.LocateAsync(path, cancellationToken) : null;

    public void Dispose()
    {
        Selected?.Dispose();
        Lines.Dispose();
    }

    private async ValueTask<bool> RunOneAsync(CancellationToken cancellationToken)
    {
        var input = await _commands.ReadAsync(cancellationToken);
        switch (input.Status)
        {
            case CommandStatus.End:
                return false;
            case CommandStatus.TimedOut:
                await ByeAsync("Nothing came for too long");
                return false;
            case CommandStatus.LineTooLong:
                return await AnswerAsync(TagOf(input.Octets), Reply.Bad("The command is too long", "TOOBIG"));
            case CommandStatus.LiteralTooLarge when input.Message!.Value.Waits:
                return await AnswerAsync(TagOf(input.Octets), Reply.Bad("The literal is too large", "TOOBIG"));
            case CommandStatus.LiteralTooLarge:
                // RFC 7888 §4: it is on its way whether we want it or not.
                await ByeAsync("The literal is too large", "TOOBIG");
                return false;
        }

        if (!TryCommand(input, out var command, out var refusal))
        {
            // An APPEND before log-in: its message is on its way, and a stranger is not listened to for so long.
            var close = input.Message is { Waits: false };
            return await AnswerAsync(TagOf(input.Octets), refusal with { Close = close });
        }

        var reply = await RunCommandAsync(command, cancellationToken);
        return await FinishAsync(command, reply, cancellationToken);
    }

    // tag SP command [SP arguments]; "UID" takes the next word to its name.
    private bool TryCommand(CommandInput input, out ImapCommand command, out Reply refusal)
    {
        command = null!;
        var reader = new WireReader(input.Octets);
        refusal = Reply.Bad("Missing tag or command");
        if (!reader.TryAtom(out var tag) || !reader.Take(' ') || !reader.TryKeyword(out var name)) return false;
        if (name == "UID" && reader.Take(' ') && reader.TryKeyword(out var second)) name = "UID " + second;
        var entry = CommandTable.Find(name);
        if (entry is null)
        {
            refusal = Reply.Bad("Unknown command");
            return false;
        }

        if ((entry.States & State) == 0)
        {
            refusal = Reply.Bad(
                Account is null ? "Log in first" : entry.States == SessionStates.Selected ? "Select a mailbox first" : "Not after log-in");
            return false;
        }

        command = new ImapCommand(tag, entry, reader, input.Message);
        return true;
    }

    // The one place where failures become replies: refusals are coded, faults are logged and answered in general words.
    private async ValueTask<Reply> RunCommandAsync(ImapCommand command, CancellationToken cancellationToken)
    {
        try
        {
            return await command.Entry.Handler(this, command, cancellationToken);
        }
        catch (StoreException refusal)
        {
            return Reply.From(refusal);
        }
        catch (Exception fault) when (fault is not (IOException or OperationCanceledException or TimeoutException))
        {
            Log.Fault(_services.Logger, fault, Connection.Id, command.Entry.Name);
            // In the middle of a response nothing else can be said.
            if (!Writer.AtLineStart) throw;
            // RFC 5530 §3
            if (fault is MissingContentException or DamagedContentException) return Reply.No("Some messages can't be read", "CORRUPTION");
            if (Outage.LeavesOpen(fault))
            {
                // RFC 9051 §7.1.2: NO would say that it was not done.
                await ByeAsync("It is not known whether this was done", "UNAVAILABLE");
                throw new IOException("It is not known whether a change was made.", fault);
            }

            if (Outage.Is(fault)) return Reply.No("The mailboxes can't be reached now, try again later", "UNAVAILABLE");
            return Reply.No($"The server failed; see its log for {Connection.Id}", "SERVERBUG");
        }
    }

    // What the command did is done and has to be said, or it would be asked for again: whatever keeps the changes of the mailbox from being told.
    private async ValueTask<bool> FinishAsync(ImapCommand command, Reply reply, CancellationToken cancellationToken)
    {
        var isGone = false;
        try
        {
            await ChangeAnnouncer.AnnounceAsync(this, command.Entry.MayExpunge, cancellationToken);
        }
        catch (StoreException)
        {
            isGone = true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The farewell follows the answer.
        }
        catch (Exception fault) when (Outage.Is(fault))
        {
            // The changes are told with the next answer.
            Log.NotTold(_services.Logger, Connection.Id, fault.Message);
        }

        if (!await AnswerAsync(command.Tag, reply)) return false;
        if (!isGone) return true;
        // RFC 9051 §7.1.5: it may come at any time. After the answer, since clients read nothing more once they have read it.
        await ByeAsync("The selected mailbox was deleted");
        return false;
    }

    // Sent also while the server stops, as the farewell is, so without its token; a client that does not read is cut off.
    private async ValueTask<bool> AnswerAsync(string tag, Reply reply)
    {
        if (reply == Reply.Silent) return true;
        _badCommands = reply.Kind == ReplyKind.Bad ? _badCommands + 1 : 0;
        var word = reply.Kind switch { ReplyKind.Ok => " OK ", ReplyKind.No => " NO ", _ => " BAD " };
        if (reply.Close && reply.Kind != ReplyKind.Ok) Writer.Raw("* BYE The connection ends here\r\n"u8);
        Writer.Text(tag).Text(word);
        if (reply.Code is not null) Writer.Raw("["u8).Text(reply.Code).Raw("] "u8);
        Writer.Text(reply.Text.ReplaceLineEndings(" ")).End();
        await Writer.FlushAsync(CancellationToken.None);
        if (reply.Close) return false;
        if (_badCommands < Options.MaxBadCommands) return true;
        await ByeAsync("Too many bad commands");
        return false;
    }

    private async ValueTask ByeAsync(string text, string? code = null)
    {
        Writer.Text(code is null ? $"* BYE {text}" : $"* BYE [{code}] {text}").End();
        await Writer.FlushAsync(CancellationToken.None);
    }

    // A reply without a known tag is untagged: RFC 9051 §7.1.3.
    private static string TagOf(ReadOnlyMemory<byte> command)
    {
        var reader = new WireReader(command);
        return reader.TryAtom(out var tag) && reader.Sees(' ') && tag.Length <= 64 && !tag.Contains('+') ? tag : "*";
    }

    private static partial class Log
    {
        [LoggerMessage(8000, LogLevel.Error, "imap {Connection}: {Command} failed by a fault of the server")]
        public static partial void Fault(ILogger logger, Exception fault, string connection, string command);

        [LoggerMessage(8001, LogLevel.Warning, "imap {Connection}: the changes of the mailbox can't be read now and are told later: {Reason}")]
        public static partial void NotTold(ILogger logger, string connection, string reason);
    }
}
