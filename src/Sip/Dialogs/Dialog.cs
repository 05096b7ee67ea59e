using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Dialogs;

/// <summary>RFC 3261 §12: the identifier of a dialog as we see it.</summary>
internal readonly record struct DialogKey(string CallId, string LocalTag, string RemoteTag)
{
    /// <summary>The dialog that a request of the other side names.</summary>
    public static DialogKey Of(SipRequest request) => new(request.CallId!, request.To!.Tag ?? "", request.From!.Tag ?? "");

    /// <summary>Stands for every dialog that a request of ours may bring about, before the other side has a tag.</summary>
    public static DialogKey Pending(string callId, string localTag) => new(callId, localTag, "\0");
}

/// <summary>Who serves the requests within a dialog. Called on the thread that receives, without any lock held.</summary>
internal interface IDialogUser
{
    void OnRequest(Transactions.ServerTransaction transaction);

    void OnAck(SipRequest ack);
}

/// <summary>RFC 3261 §12: a relation between two sides; what is needed to make and to judge requests within it.</summary>
internal sealed class Dialog
{
    private readonly Lock _sync = new();
    private readonly string _local;
    private readonly string _remote;
    private string[] _routes;
    private uint _localSequence;
    private uint? _remoteSequence;
    private SipUri _target;

    private Dialog(DialogKey key, string local, string remote, SipUri target, string[] routes, SipFlow? flow)
    {
        Key = key;
        Flow = flow;
        _local = local;
        _remote = remote;
        // RFC 3261 §19.1.1: a Request-URI has no headers.
        _target = target.WithoutHeaders();
        _routes = routes;
    }

    public DialogKey Key { get; }

    /// <summary>The way by which the dialog came about; null when only its target says where it leads.</summary>
    public SipFlow? Flow { get; }

    /// <summary>Where the other side wants its requests.</summary>
    public SipUri Target
    {
        get
        {
            lock (_sync)
                return _target;
        }
    }

    /// <summary>RFC 3261 §12.1.1: the dialog that a response of ours with this tag makes.</summary>
    public static Dialog OfServer(SipRequest request, string localTag, SipFlow flow)
    {
        var to = request.To!;
        var local = to.Tag is null ? to.WithTag(localTag).ToString() : request.Headers[SipHeaderNames.To]!;
        return new Dialog(new DialogKey(request.CallId!, to.Tag ?? localTag, request.From!.Tag ?? ""), local,
            request.Headers[SipHeaderNames.From]!, request.Contact?.Uri ?? request.From.Uri,
            [.. request.Headers.Values(SipHeaderNames.RecordRoute)], flow)
        {
            _remoteSequence = request.CSeq!.Value.Number,
        };
    }

    /// <summary>RFC 3261 §12.1.2: the dialog that a response to a request of ours makes.</summary>
    public static Dialog OfClient(SipRequest request, SipMessage response, SipFlow? flow)
    {
        return new Dialog(new DialogKey(request.CallId!, request.From!.Tag!, response.To!.Tag ?? ""), request.Headers[SipHeaderNames.From]!,
            response.Headers[SipHeaderNames.To]!, response.Contact?.Uri ?? request.Uri, RoutesBack(response), flow)
        {
            _localSequence = (response.CSeq ?? request.CSeq)!.Value.Number,
        };
    }

    /// <summary>The dialog that a NOTIFY makes which overtook the response to our SUBSCRIBE (RFC 6665 §4.4.1).</summary>
    public static Dialog OfNotify(SipRequest subscribe, SipRequest notify, SipFlow flow) => new(DialogKey.Of(notify),
        subscribe.Headers[SipHeaderNames.From]!, notify.Headers[SipHeaderNames.From]!, notify.Contact?.Uri ?? notify.From!.Uri,
        [.. notify.Headers.Values(SipHeaderNames.RecordRoute)], flow)
    {
        _localSequence = subscribe.CSeq!.Value.Number,
    };

    /// <summary>RFC 3261 §12.2.1.1: the next request of ours. An ACK takes the number of its INVITE instead.</summary>
    public SipRequest CreateRequest(string method, uint? sequence = null)
    {
        lock (_sync)
        {
            var request = new SipRequest(method, _target);
            AddRoutes(request);
            request.Headers.Add(SipHeaderNames.MaxForwards, "70");
            request.Headers.Add(SipHeaderNames.From, _local);
            request.Headers.Add(SipHeaderNames.To, _remote);
            request.Headers.Add(SipHeaderNames.CallId, Key.CallId);
            request.Headers.Add(SipHeaderNames.CSeq, new CSeqHeader(sequence ?? ++_localSequence, method).ToString());
            return request;
        }
    }

    /// <summary>RFC 3261 §12.2.2: false for a request that comes out of order, to be answered with 500.</summary>
    public bool AcceptsSequence(uint number)
    {
        lock (_sync)
        {
            if (_remoteSequence is { } last && number <= last)
                return false;
            _remoteSequence = number;
            return true;
        }
    }

    /// <summary>A request of ours had this number before the dialog knew of it: the next one is higher.</summary>
    public void Follow(uint sequence)
    {
        lock (_sync)
            _localSequence = Math.Max(_localSequence, sequence);
    }

    /// <summary>A target refresh (RFC 3261 §12.2.1.2, §12.2.2): INVITE, UPDATE, SUBSCRIBE, NOTIFY and their 2xx.</summary>
    public void Refresh(SipMessage message)
    {
        if (message.Contact is { } contact && contact.Uri.IsSip)
        {
            lock (_sync)
                _target = contact.Uri.WithoutHeaders();
        }
    }

    /// <summary>RFC 3261 §13.2.2.4: the 2xx to our INVITE says the route anew.</summary>
    public void Confirm(SipResponse answer)
    {
        Refresh(answer);
        lock (_sync)
            _routes = RoutesBack(answer);
    }

    private static string[] RoutesBack(SipMessage response)
    {
        string[] routes = [.. response.Headers.Values(SipHeaderNames.RecordRoute)];
        Array.Reverse(routes);
        return routes;
    }

    // With a strict router first (no lr), it takes the place of the Request-URI, and the target goes last.
    private void AddRoutes(SipRequest request)
    {
        if (_routes.Length == 0)
            return;
        var strict = NameAddress.TryParse(_routes[0], out var first) && !first.Uri.IsLooseRouter;
        foreach (var route in strict ? _routes.AsSpan(1) : _routes)
            request.Headers.Add(SipHeaderNames.Route, route);
        if (!strict)
            return;
        request.Headers.Add(SipHeaderNames.Route, $"<{_target}>");
        request.Uri = request.StrictRouter = first!.Uri;
    }
}
