using System.Net;
using System.Text;

namespace UnifiedMsg.Sip.Tracing;

/// <summary>A message that went over the wire, with its secrets masked.</summary>
/// <param name="At">When.</param>
/// <param name="Outgoing">Whether we sent it.</param>
/// <param name="Transport">What carried it.</param>
/// <param name="Local">Our side.</param>
/// <param name="Remote">The other side.</param>
/// <param name="Octets">The message; masked octets are <c>*</c>, so that every length is as it was.</param>
public sealed record TracedMessage(
    DateTimeOffset At, bool Outgoing, SipTransportKind Transport, IPEndPoint Local, IPEndPoint Remote, byte[] Octets)
{
    /// <summary>The message as text.</summary>
    public string Text() => Encoding.UTF8.GetString(Octets);
}

/// <summary>What was kept of one call, or of another exchange with a Call-ID.</summary>
/// <param name="Id">Our name of the call; empty when it is none, or did not come about.</param>
/// <param name="CallId">The Call-ID header.</param>
/// <param name="Dropped">Messages in the middle that were not kept.</param>
/// <param name="Messages">What is there, in order.</param>
public sealed record TracedExchange(string Id, string CallId, int Dropped, IReadOnlyList<TracedMessage> Messages);

/// <summary>One line about an exchange.</summary>
/// <param name="Id">Our name of the call; empty when it is none, or did not come about.</param>
/// <param name="CallId">The Call-ID header.</param>
/// <param name="Began">The time of the first message.</param>
/// <param name="Outgoing">Whether it began with a request of ours.</param>
/// <param name="Method">The method of the first request.</param>
/// <param name="From">Who asked.</param>
/// <param name="To">Who was asked for.</param>
/// <param name="Result">What came of it so far.</param>
/// <param name="Messages">How many messages there were.</param>
public sealed record TraceSummary(
    string Id, string CallId, DateTimeOffset Began, bool Outgoing, string Method, string From, string To, string Result, int Messages);
