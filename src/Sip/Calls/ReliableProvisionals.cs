using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Sip.Transactions;

namespace UnifiedMsg.Sip.Calls;

/// <summary>
/// RFC 3262 §3: provisional responses of ours that are sent again until their PRACK comes. One at a time: the next one waits for the PRACK
/// of the one before, which keeps them in order.
/// </summary>
internal sealed class ReliableProvisionals(UserAgentCore core, InviteServerTransaction invite, Action onGiveUp)
{
    /// <summary>The option tag.</summary>
    public const string Extension = "100rel";

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _sync = new();
    // RFC 3262 §3: the first number is chosen at random below 2^31.
    private uint _number = (uint)Random.Shared.Next(1, int.MaxValue);
    private ReliableResponse? _waiting;
    private Task _sessions = Task.CompletedTask;
    private bool _stopped;

    /// <summary>Whether every provisional response but 100 has to be reliable.</summary>
    public bool IsDemanded { get; } = Capabilities.Demands(invite.Request, Extension) || core.Options.Session.RequireReliableProvisionals;

    /// <summary>Whether the caller can acknowledge provisional responses.</summary>
    public bool IsKnown { get; } = Capabilities.Knows(invite.Request, Extension);

    /// <summary>Sends a response; done when it was acknowledged, or when that does not matter any more.</summary>
    public async Task SendAsync(SipResponse response, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        await AwaitTurnEndAsync(Begin(response)?.Done ?? Task.CompletedTask).WaitAsync(cancellationToken);
    }

    /// <summary>The response that a PRACK acknowledges; null when it acknowledges none that waits for it (RFC 3262 §3: 481).</summary>
    public ReliableResponse? Take(RAckHeader acknowledged)
    {
        lock (_sync)
        {
            if (_waiting is not { } waiting || acknowledged != new RAckHeader(waiting.Number, invite.Request.CSeq!.Value))
                return null;
            _waiting = null;
            waiting.Stop();
            return waiting;
        }
    }

    /// <summary>
    /// RFC 3262 §3: a 2xx may not be sent while a response with a session description waits for its PRACK. Done when none does, and what
    /// the PRACK offered has its answer.
    /// </summary>
    public Task SessionsAcknowledged()
    {
        lock (_sync)
            return _sessions;
    }

    /// <summary>A final response was sent: nothing is sent again. A PRACK that still comes is known.</summary>
    public void Stop()
    {
        lock (_sync)
        {
            _stopped = true;
            _waiting?.Stop();
            _waiting?.Complete();
        }
    }

    // The next one waits for this one, also when whoever sent it waits no longer.
    private async Task AwaitTurnEndAsync(Task done)
    {
        await done;
        _turn.Release();
    }

    private ReliableResponse? Begin(SipResponse response)
    {
        lock (_sync)
        {
            if (_stopped)
                return null;
            response.Headers[SipHeaderNames.RSeq] = $"{_number}";
            response.Headers.Add(SipHeaderNames.Require, Extension);
            var repetition = new Repetition(core.Time, core.Options.Timers, null, () => invite.Respond(response), onGiveUp);
            if (!invite.Respond(response))
                return null;
            _waiting = new ReliableResponse(_number++, SessionBody.Find(response) is not null, repetition);
            if (_waiting.HasSession)
                _sessions = _waiting.Done;
            repetition.Start();
            return _waiting;
        }
    }
}

/// <summary>A provisional response that waits for its PRACK.</summary>
internal sealed class ReliableResponse(uint number, bool hasSession, Repetition repetition)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public uint Number => number;

    public bool HasSession => hasSession;

    public Task Done => _done.Task;

    /// <summary>It is not sent again.</summary>
    public void Stop() => repetition.Stop();

    /// <summary>What its PRACK brought was taken up.</summary>
    public void Complete() => _done.TrySetResult();
}
