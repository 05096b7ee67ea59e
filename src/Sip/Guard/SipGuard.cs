using System.Buffers;
using System.Net;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;
using UnifiedMsg.Sip.Transports;

namespace UnifiedMsg.Sip.Guard;

/// <summary>Limits what each source may do, and shuts out who searches for holes.</summary>
internal sealed partial class SipGuard : ISipGuard
{
    // What goes on with a call or ends it; anything else, were it of a method that nobody knows, may begin something.
    private static readonly byte[][] Continuations =
    [
        "SIP/2.0 "u8.ToArray(), "ACK "u8.ToArray(), "BYE "u8.ToArray(), "CANCEL "u8.ToArray(), "PRACK "u8.ToArray(), "UPDATE "u8.ToArray(),
        "INFO "u8.ToArray(),
    ];

    private readonly SourceTable _sources;
    private readonly BlockList _blocks;
    private readonly SearchValues<string> _scanners;
    private readonly SourceCounters _dialogs;
    private readonly GuardMetrics _metrics;
    private readonly ILogger _logger;

    public SipGuard(SipOptions options, GuardMetrics metrics, ILogger logger, TimeProvider time)
    {
        _sources = new SourceTable(options, time);
        _blocks = new BlockList(options.Guard, time);
        _scanners = SearchValues.Create([.. options.Guard.Scanners], StringComparison.OrdinalIgnoreCase);
        _dialogs = new SourceCounters(options.Guard.MaxDialogs);
        _metrics = metrics;
        _logger = logger;
    }

    /// <summary>Sources whose rates are kept.</summary>
    public int SourceCount => _sources.Count;

    public IReadOnlyList<BlockedSource> Blocked => _blocks.List();

    /// <summary>Whether nothing is held against whoever is there.</summary>
    public bool IsExempt(SipFlow flow) => ReferenceEquals(_sources.Of(flow), SourceState.Exempt);

    public bool IsBlocked(IPAddress address) => !_sources.IsExempt(address) && _blocks.Contains(SourceAddress.KeyOf(address));

    public void Report(IPAddress address, SipOffence offence, string? about = null)
    {
        if (_sources.IsExempt(address))
            return;
        var key = SourceAddress.KeyOf(address);
        if (_blocks.Report(key, offence, about) is not { } length)
            return;
        _metrics.Blocked(offence);
        Log.Blocked(_logger, key, length, offence);
    }

    /// <summary>Whether a message is read at all.</summary>
    public bool Admits(ReadOnlySpan<byte> octets, SipFlow flow)
    {
        var source = _sources.Of(flow);
        if (ReferenceEquals(source, SourceState.Exempt))
            return true;
        if (_blocks.Contains(source.Key))
            return Drop("blocked");
        return !source.IsSilenced || Continues(octets) || Drop("rate");
    }

    /// <summary>Whether a message that could be read is looked at: not when a scanner says that it is one.</summary>
    public bool Admits(SipMessage message, SipFlow flow)
    {
        if (IsExempt(flow) || message is not SipRequest || message.Headers[SipHeaderNames.UserAgent] is not { } agent || !agent.AsSpan().ContainsAny(_scanners))
            return true;
        if (flow.IsReliable)
            Report(flow.Remote.Address, SipOffence.Scanner);
        return Drop("scanner");
    }

    /// <summary>Whether a request that begins something is served, refused or left without an answer.</summary>
    public Admission Ask(SipRequest request, SipFlow flow) =>
        IsExempt(flow) ? Admission.Serve : Counted(_sources.Of(flow).Ask(request.Method), "rate");

    /// <summary>
    /// Takes a place for a dialog that somebody there begins, to be given back with <see cref="EndDialog"/>. False when there is none.
    /// </summary>
    public bool TryBeginDialog(SipFlow flow, out SourceCounter? place)
    {
        place = IsExempt(flow) ? null : _dialogs.TryEnter(flow.Remote.Address);
        if (place is not null || IsExempt(flow))
            return true;
        _metrics.Refused("dialogs");
        return false;
    }

    /// <summary>The dialog of that place is over; null is the place of one that is not counted.</summary>
    public void EndDialog(SourceCounter? place)
    {
        if (place is not null)
            _dialogs.Leave(place);
    }

    /// <summary>Whether a malformed request gets its refusal.</summary>
    public bool AnswersMalformed(SipFlow flow)
    {
        // Over UDP it proves nothing about who sent it.
        if (flow.IsReliable)
            Report(flow.Remote.Address, SipOffence.Malformed);
        return IsExempt(flow) || Counted(_sources.Of(flow).AskToBeRefused(), "malformed") == Admission.Refuse;
    }

    /// <summary>
    /// A request for a number was refused or accepted, and whoever asked has heard it: the ACK repeats our tag, or a connection leads
    /// there.
    /// </summary>
    public void Heard(SipRequest request, int status, SipFlow flow)
    {
        if (IsExempt(flow))
            return;
        if (status is 404 or 484 or 604)
            Report(flow.Remote.Address, SipOffence.UnknownNumber, request.Uri.User ?? "");
        else if (status is >= 200 and < 300)
            _blocks.Accepted(SourceAddress.KeyOf(flow.Remote.Address));
    }

    private static bool Continues(ReadOnlySpan<byte> octets)
    {
        foreach (var continuation in Continuations)
        {
            if (octets.StartsWith(continuation))
                return true;
        }
        return false;
    }

    private Admission Counted(Admission admission, string reason)
    {
        if (admission == Admission.Refuse)
            _metrics.Refused(reason);
        else if (admission == Admission.Drop)
            Drop(reason);
        return admission;
    }

    private bool Drop(string reason)
    {
        _metrics.Dropped(reason);
        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(4500, LogLevel.Warning, "sip: {Source} is shut out for {Time}: {Offence}")]
        public static partial void Blocked(ILogger logger, IPAddress source, TimeSpan time, SipOffence offence);
    }
}
