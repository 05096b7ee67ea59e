using UnifiedMsg.Sip.Tracing;

namespace UnifiedMsg.Server.Administration;

/// <summary>Where a capture goes on.</summary>
/// <param name="Place">What the last answer named; negative to begin now.</param>
public sealed record CaptureFrom(long Place);

/// <summary>A piece of a capture.</summary>
/// <param name="Messages">The messages, with their secrets masked.</param>
/// <param name="Lost">How many are missing before them, since more came than is kept for the reader.</param>
/// <param name="Next">Where to go on.</param>
public sealed record CapturedMessages(IReadOnlyList<TracedMessage> Messages, long Lost, long Next);
