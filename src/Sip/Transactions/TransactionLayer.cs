using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Guard;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Transactions;

/// <summary>Who serves requests. Called on the thread that receives, without any lock held.</summary>
internal interface IRequestUser
{
    void OnRequest(ServerTransaction transaction);

    /// <summary>Whether a request belongs to a dialog that is there.</summary>
    bool Knows(SipRequest request);

    /// <summary>An ACK for a 2xx.</summary>
    void OnAck(SipRequest ack);

    /// <summary>A CANCEL whose INVITE still waits for its final response.</summary>
    void OnCancel(SipRequest cancel, InviteServerTransaction invite);
}

/// <summary>Finds the transaction of each message, or begins one (RFC 3261 §17).</summary>
internal sealed partial class TransactionLayer(SipOptions options, IRequestUser user, ILogger logger, TimeProvider time) : IMessageSink
{
    private readonly ConcurrentDictionary<ServerKey, ServerTransaction> _servers = new();
    private readonly ConcurrentDictionary<ClientKey, ClientTransaction> _clients = new();
    private readonly ConcurrentDictionary<ServerKey, AnsweredRequest> _answered = new();
    private readonly ConcurrentDictionary<MergeKey, ServerKey> _merge = new();
    private readonly DelayQueue<InviteServerTransaction> _trying = new(time, SipTimers.TryingAfter, static invite => invite.TryingIsDue());
    private readonly DelayQueue<AnsweredRequest> _retired = new(time, options.Timers.GiveUp, static answered => answered.Expire());
    private readonly SourceCounters _sources = new(options.MaxTransactionsPerSource);
    private readonly RareNotice _tooMany = new(time);
    private int _serverCount;

    public TimeProvider Time { get; } = time;

    public SipTimers Timers { get; } = options.Timers;

    /// <summary>Transactions that have not ended, of both kinds.</summary>
    public int Count => Volatile.Read(ref _serverCount) + _clients.Count;

    /// <summary>Set once, before anything is received.</summary>
    public TransportLayer Transports { get; set; } = null!;

    /// <summary>Set once, before anything is received.</summary>
    public RequestRouter Router { get; set; } = null!;

    public void OnRequest(SipRequest request, SipFlow flow)
    {
        var key = ServerKey.Of(request);
        if (_servers.TryGetValue(key, out var known))
        {
            if (request.Method != SipMethods.Ack)
                known.Again();
            else if (known is InviteServerTransaction invite)
                Acknowledge(request, invite, flow);
            return;
        }
        if (_answered.TryGetValue(key, out var answered) && request.Method != SipMethods.Ack)
        {
            answered.Again();
            return;
        }
        if (request.Method != SipMethods.Ack)
        {
            if (Admits(request, flow))
                Begin(request, flow, key);
            return;
        }
        if (!Transports.Guard.IsExempt(flow) && user.Knows(request))
            Transports.Guard.Heard(request, 200, flow);
        user.OnAck(request);
    }

    public void OnResponse(SipResponse response, SipFlow flow)
    {
        // RFC 3261 §18.1.2 and RFC 6026 §7.2: what matches no transaction of ours is nobody's; §8.1.3.3: nor is what has a second Via.
        if (response.TopVia is { Branch: { } branch } via && response.Headers.Values(SipHeaderNames.Via).Take(2).Count() == 1
            && _clients.TryGetValue(new ClientKey(branch, response.CSeq!.Value.Method), out var client) && via.IsSentBySame(client.Request.TopVia!))
            client.Receive(response);
        else
            Log.Stray(logger, flow, response.Status, response.CallId);
    }

    public void OnMalformed(SipRequest request, int status, string error, SipFlow flow)
    {
        var response = request.CreateResponse(status, status == 400 ? $"Bad Request - {error}" : error, SipIds.Tag());
        if (status == 501)
            response.Headers.Add(SipHeaderNames.Allow, Capabilities.Allow);
        RespondStateless(request, response, flow);
    }

    /// <summary>Sends a request in a transaction of its own; its Via is added here.</summary>
    public ClientTransaction Send(SipRequest request, SipFlow flow, IClientTransactionUser user)
    {
        var branch = SipIds.Branch();
        AddVia(request, flow, branch);
        Sign(request);
        var key = new ClientKey(branch, request.Method);
        ClientTransaction client = request.Method == SipMethods.Invite
            ? new InviteClientTransaction(this, request, flow, user) { Key = key }
            : new NonInviteClientTransaction(this, request, flow, user) { Key = key };
        _clients[key] = client;
        flow.Watch(client);
        client.Start();
        return client;
    }

    /// <summary>The ACK of a 2xx: a request without a transaction, with a branch of its own (RFC 3261 §13.2.2.4).</summary>
    public byte[] PrepareAck(SipRequest ack, SipFlow flow)
    {
        AddVia(ack, flow, SipIds.Branch());
        return SipMessageWriter.Write(ack);
    }

    /// <summary>A CANCEL goes with the branch of its INVITE; nobody waits for its response.</summary>
    public void SendCancel(SipRequest cancel, SipFlow flow)
    {
        var key = new ClientKey(cancel.TopVia!.Branch!, SipMethods.Cancel);
        var client = new NonInviteClientTransaction(this, cancel, flow, NobodyWaits.Instance) { Key = key };
        if (!_clients.TryAdd(key, client))
            return;
        flow.Watch(client);
        client.Start();
    }

    /// <summary>The octets of what is added to a request before it is sent.</summary>
    public int SizeAdded(SipRequest request, SipFlow flow) => SipMessageWriter.SizeOf(SipHeaderNames.Via, ViaOf(flow, SipIds.Branch()))
        + (options.Software.Length == 0 || request.Headers.Contains(SipHeaderNames.UserAgent) ? 0 : SipMessageWriter.SizeOf(SipHeaderNames.UserAgent, options.Software));

    /// <summary>Names the software in every message of ours.</summary>
    public void Sign(SipMessage message)
    {
        var name = message is SipRequest ? SipHeaderNames.UserAgent : SipHeaderNames.Server;
        if (options.Software.Length > 0 && !message.Headers.Contains(name))
            message.Headers.Add(name, options.Software);
    }

    public void Remove(ServerTransaction server)
    {
        if (!_servers.TryRemove(KeyValuePair.Create(server.Key, server)))
            return;
        Interlocked.Decrement(ref _serverCount);
        _merge.TryRemove(KeyValuePair.Create(MergeKey.Of(server.Request), server.Key));
        if (server.Source is { } source)
            _sources.Leave(source);
    }

    /// <summary>A transaction has answered for good: from now on only what retransmissions need is kept, for 64*T1.</summary>
    public void Retire(ServerTransaction server, byte[]? answer)
    {
        var merge = MergeKey.Of(server.Request);
        var answered = new AnsweredRequest(this, server, _merge.TryGetValue(merge, out var first) && first == server.Key ? merge : null, answer);
        // Before it goes from the one table it is in the other: a retransmission at this moment finds it in one of them.
        _answered[server.Key] = answered;
        if (_servers.TryRemove(KeyValuePair.Create(server.Key, server)))
            _retired.Add(answered);
        else
            _answered.TryRemove(KeyValuePair.Create(server.Key, answered));
    }

    /// <summary>An INVITE gets a 100 unless it is answered before (RFC 3261 §17.2.1).</summary>
    public void TryLater(InviteServerTransaction invite) => _trying.Add(invite);

    public void Remove(AnsweredRequest answered)
    {
        _answered.TryRemove(KeyValuePair.Create(answered.Key, answered));
        Interlocked.Decrement(ref _serverCount);
        if (answered.Merge is { } merge)
            _merge.TryRemove(KeyValuePair.Create(merge, answered.Key));
        if (answered.Source is { } source)
            _sources.Leave(source);
    }

    public void Remove(ClientTransaction client) => _clients.TryRemove(KeyValuePair.Create(client.Key, client));

    private static void AddVia(SipRequest request, SipFlow flow, string branch) =>
        request.Headers.AddFirst(SipHeaderNames.Via, ViaOf(flow, branch));

    private static string ViaOf(SipFlow flow, string branch) =>
        $"SIP/2.0/{flow.ViaTransport} {flow.Own.HostPort};branch={branch};rport{(flow.OffersAlias ? ";alias" : "")}";

    private void Acknowledge(SipRequest ack, InviteServerTransaction invite, SipFlow flow)
    {
        // RFC 3261 §17.2.3: without a branch that could be relied on, the tag says which response an ACK is for.
        if (!ack.TopVia!.HasMagicCookie && ack.To!.Tag != (invite.Request.To!.Tag ?? invite.LocalTag))
            return;
        // Nobody but whom we answered knows the tag of the answer.
        if (ack.To!.Tag == invite.LocalTag)
            Transports.Guard.Heard(invite.Request, invite.LastStatus, flow);
        if (invite.Acknowledge())
            user.OnAck(ack);
    }

    /// <summary>Whether a new request is served; else it was refused, or left without an answer.</summary>
    private bool Admits(SipRequest request, SipFlow flow)
    {
        var behind = Transports.Overload.IsBehind();
        if ((!behind && Transports.Guard.IsExempt(flow)) || Continues(request))
            return true;
        var admission = Transports.Guard.Ask(request, flow);
        if (admission == Admission.Serve && !behind)
            return true;
        if (admission == Admission.Serve)
            Transports.Metrics.Refused("overload");
        if (admission != Admission.Drop)
            RefuseForNow(request, flow);
        return false;
    }

    // What goes on with a call or ends it was admitted with the call, and makes room.
    private bool Continues(SipRequest request) => request.Method == SipMethods.Cancel
        ? ServerKey.Of(request, SipMethods.Invite) is var invite && (_servers.ContainsKey(invite) || _answered.ContainsKey(invite))
        : request.To!.Tag is not null && user.Knows(request);

    // RFC 3261 §21.5.4.
    private void RefuseForNow(SipRequest request, SipFlow flow)
    {
        var busy = request.CreateResponse(503, null, SipIds.Tag());
        busy.Headers.Add(SipHeaderNames.RetryAfter, options.RetryAfterSeconds.ToString());
        RespondStateless(request, busy, flow);
    }

    private void Begin(SipRequest request, SipFlow flow, ServerKey key)
    {
        var source = Volatile.Read(ref _serverCount) < options.MaxTransactions ? _sources.TryEnter(flow.Remote.Address) : null;
        if (source is null)
        {
            Transports.Metrics.Refused("transactions");
            if (_tooMany.IsDue(out var count))
                Log.TooMany(logger, flow, count);
            RefuseForNow(request, flow);
            return;
        }
        var responses = Transports.FlowOfResponses(request, flow);
        ServerTransaction server = request.Method == SipMethods.Invite
            ? new InviteServerTransaction(this, request, responses, key) { Source = source }
            : new NonInviteServerTransaction(this, request, responses, key) { Source = source };
        if (!_servers.TryAdd(key, server))
        {
            // The same request on another socket at the same moment has won.
            _sources.Leave(source);
            return;
        }
        Interlocked.Increment(ref _serverCount);
        Dispatch(server);
        if (server is NonInviteServerTransaction other)
            other.MayTakeLong();
    }

    private void Dispatch(ServerTransaction server)
    {
        var request = server.Request;
        if (request.Method == SipMethods.Cancel)
        {
            Cancel(server);
            return;
        }
        if (request.To!.Tag is null && !_merge.TryAdd(MergeKey.Of(request), server.Key) && _merge.TryGetValue(MergeKey.Of(request), out var other)
            && other != server.Key)
        {
            server.Respond(482);
            return;
        }
        if (HasComeBack(request))
            server.Respond(482);
        else
            user.OnRequest(server);
    }

    // RFC 3261 §16.3: a request of ours that somebody has sent back to us as it was is a loop. One that goes elsewhere by now is served.
    private bool HasComeBack(SipRequest request)
    {
        if (_clients.IsEmpty)
            return false;
        foreach (var text in request.Headers.Values(SipHeaderNames.Via).Skip(1))
        {
            if (ViaHeader.TryParse(text, out var via) && via.Branch is { } branch
                && _clients.TryGetValue(new ClientKey(branch, request.Method), out var sent) && sent.Request.Uri.IsSameAs(request.Uri))
                return true;
        }
        return false;
    }

    // RFC 3261 §9.2: a CANCEL is answered whether or not it comes too late; only one that belongs to nothing gets 481.
    private void Cancel(ServerTransaction cancel)
    {
        var key = ServerKey.Of(cancel.Request, SipMethods.Invite);
        if (!_servers.TryGetValue(key, out var found) || found is not InviteServerTransaction invite)
        {
            if (_answered.TryGetValue(key, out var answered))
                cancel.Respond(cancel.Request.CreateResponse(200, null, answered.LocalTag));
            else
                cancel.Respond(481);
            return;
        }
        cancel.Respond(cancel.Request.CreateResponse(200, null, invite.LocalTag));
        if (invite.IsProceeding)
            user.OnCancel(cancel.Request, invite);
    }

    private void RespondStateless(SipRequest request, SipResponse response, SipFlow flow)
    {
        Sign(response);
        Transports.FlowOfResponses(request, flow).Send(SipMessageWriter.Write(response), null);
    }

    private sealed class NobodyWaits : IClientTransactionUser
    {
        public static NobodyWaits Instance { get; } = new();

        public void OnResponse(SipResponse response)
        {
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4100, LogLevel.Debug, "{Flow}: response {Status} matches no request of ours (call {CallId})")]
        public static partial void Stray(ILogger logger, SipFlow flow, int status, string? callId);

        [LoggerMessage(4101, LogLevel.Warning, "{Flow}: refused with 503: too many transactions ({Count} since it was last told)")]
        public static partial void TooMany(ILogger logger, SipFlow flow, long count);
    }
}
