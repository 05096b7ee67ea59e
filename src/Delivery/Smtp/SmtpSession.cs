using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Accounts;
using UnifiedMsg.Delivery.Smtp.Wire;
using UnifiedMsg.Network;

namespace UnifiedMsg.Delivery.Smtp;

/// <summary>One connection: reads commands, keeps the state, sends replies.</summary>
internal sealed partial class SmtpSession
{
    // Replies that wait for others to go with them; a client that sends commands without end must not have us gather them without end.
    private const int MaxWaitingOctets = 16 * 1024;

    private readonly ILogger _logger;
    private SmtpTransaction? _transaction;
    private int _errors;
    private int _messages;

    public SmtpSession(SmtpContext context, SmtpRole role, StreamConnection connection, ILogger logger)
    {
        Context = context;
        Role = role;
        Connection = connection;
        _logger = logger;
        Reader = new LineReader(connection.Input, context.Options.MaxLineLength, context.Options.Timeout, context.Time);
    }

    public SmtpContext Context { get; }

    public SmtpRole Role { get; }

    public StreamConnection Connection { get; }

    public LineReader Reader { get; }

    public ILogger Logger => _logger;

    public SmtpState State { get; private set; } = SmtpState.Greeted;

    /// <summary>What the client called itself.</summary>
    public string ClientName { get; private set; } = "";

    /// <summary>Whether it said EHLO or LHLO rather than HELO.</summary>
    public bool IsExtended { get; private set; }

    /// <summary>Who has authenticated, or null.</summary>
    public Account? Account { get; set; }

    /// <summary>Failed log-ins on this connection.</summary>
    public int FailedLogins { get; set; }

    public SmtpTransaction Transaction => _transaction ?? throw new InvalidOperationException("no mail transaction");

    /// <summary>The name of the message in hand, for its trace header and the log.</summary>
    public string TraceId => $"{Connection.Id}.{_messages}";

    /// <summary>Serves the connection to its end.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            var greeting = new SmtpReply(220, null, $"{Context.Options.HostName} {(Role == SmtpRole.Lmtp ? "LMTP" : "ESMTP")} UnifiedMsg");
            await SendAsync(greeting, stopping);
            // Until the client or we have had enough; commands that have come already are read without a look at the token.
            while (await ServeCommandAsync(stopping))
                stopping.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // RFC 5321 §3.8: a server that stops says so with 421.
            await SendAsync(Replies.ShuttingDown, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            await SendAsync(Replies.TimedOut, CancellationToken.None);
        }
        finally
        {
            await ResetAsync();
            Reader.Dispose();
        }
    }

    /// <summary>Begins anew after a hello; any transaction is given up. RFC 5321 §4.1.4.</summary>
    public async ValueTask BeginAsync(string clientName, bool isExtended)
    {
        await ResetAsync();
        ClientName = clientName;
        IsExtended = isExtended;
        State = SmtpState.Ready;
    }

    /// <summary>Forgets all that was learnt in plain. RFC 3207 §4.2.</summary>
    public async ValueTask BeginTlsAsync()
    {
        await ResetAsync();
        Reader.Reset(Connection.Input);
        ClientName = "";
        IsExtended = false;
        Account = null;
        State = SmtpState.Greeted;
    }

    public void BeginTransaction(SmtpTransaction transaction)
    {
        _messages++;
        _transaction = transaction;
        State = SmtpState.HasSender;
    }

    public void AddRecipient(string address)
    {
        Transaction.Recipients.Add(address);
        State = SmtpState.HasRecipient;
    }

    public void BeginChunks() => State = SmtpState.Chunking;

    /// <summary>Gives up or ends the transaction.</summary>
    public async ValueTask ResetAsync()
    {
        if (_transaction?.Chunks is { } chunks)
            await chunks.DisposeAsync();
        _transaction = null;
        if (State != SmtpState.Greeted)
            State = SmtpState.Ready;
    }

    /// <summary>Sends a reply at once.</summary>
    public async ValueTask SendAsync(SmtpReply reply, CancellationToken cancellationToken)
    {
        reply.WriteTo(Connection.Output);
        await Connection.FlushAsync(cancellationToken);
    }

    private async ValueTask<bool> ServeCommandAsync(CancellationToken stopping)
    {
        var line = await Reader.ReadLineAsync(stopping);
        if (line.Status == LineStatus.End)
            return false;
        var reply = line.Status switch
        {
            LineStatus.Line => await DispatchAsync(line.Octets, stopping),
            LineStatus.TooLong => Replies.LineTooLong,
            LineStatus.BareLineFeed => Replies.BareLineFeed,
            _ => Replies.TimedOut,
        };
        if (reply.IsClientError && ++_errors >= Context.Options.MaxErrors)
            reply = Replies.TooManyErrors;
        Log.Replied(_logger, Connection.Id, reply);
        if (reply != SmtpReply.None)
            reply.WriteTo(Connection.Output);
        // RFC 2920 §3.2: replies to commands that came together go together.
        var waits = !reply.Close && Connection.Output.UnflushedBytes < MaxWaitingOctets && Reader.HasBufferedLine;
        // What was done is said also while the server stops; unsaid, a message that is kept would come again.
        var connected = waits || await Connection.FlushAsync(CancellationToken.None);
        return connected && !reply.Close;
    }

    private async ValueTask<SmtpReply> DispatchAsync(ReadOnlyMemory<byte> line, CancellationToken stopping)
    {
        var end = line.Span.IndexOf((byte)' ');
        var verb = end < 0 ? line : line[..end];
        if (SmtpCommandTable.Find(verb.Span) is not { } command)
            return Replies.UnknownCommand;
        if ((command.Roles & Role) == 0)
            return Replies.NotHere;
        if ((command.States & State) == 0)
            return Replies.BadSequence;
        var argument = end < 0 ? default : line[(end + 1)..];
        try
        {
            return await command.Handler(this, argument, stopping);
        }
        catch (Exception e) when (e is not (OperationCanceledException or IOException or TimeoutException or AuthenticationException))
        {
            // A fault of ours: the message is not accepted, the client keeps it and comes back.
            Log.Faulted(_logger, e, Connection.Id);
            await ResetAsync();
            return Replies.Fault with { Close = true };
        }
    }

    private static partial class Log
    {
        [LoggerMessage(7100, LogLevel.Debug, "{Connection}: {Reply}")]
        public static partial void Replied(ILogger logger, string connection, SmtpReply reply);

        [LoggerMessage(7101, LogLevel.Error, "{Connection}: a command failed by a fault of the server")]
        public static partial void Faulted(ILogger logger, Exception exception, string connection);
    }
}
