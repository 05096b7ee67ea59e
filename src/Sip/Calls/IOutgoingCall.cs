using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Calls;

/// <summary>A call of ours that was answered.</summary>
public interface IOutgoingCall : ICall
{
    /// <summary>The 2xx that answered it; null before it came.</summary>
    SipResponse? Answer { get; }
}

/// <summary>What became of a call of ours.</summary>
/// <param name="Call">The call when it was answered.</param>
/// <param name="Response">The final response; <see cref="SipResponse.IsLocal"/> when none came.</param>
public sealed record OutgoingCallResult(IOutgoingCall? Call, SipResponse Response);
