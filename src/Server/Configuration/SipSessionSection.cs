using UnifiedMsg.Sip;

namespace UnifiedMsg.Server.Configuration;

/// <summary>Session timers (RFC 4028).</summary>
public sealed record SipSessionSection
{
    private static readonly SipSessionOptions Defaults = new();

    /// <summary>Whether we ask.</summary>
    [Option("Whether to ask for a session timer. If not, those that others ask for are still kept.")]
    public bool Timer { get; init; } = true;

    /// <summary>The session interval.</summary>
    [Option("How long a call may last without a sign of life from the other side (Session-Expires): what is asked for, and the most that is agreed to.",
        Minimum = "90s", Maximum = "1d")]
    public TimeSpan Expires { get; init; } = Defaults.Interval;

    /// <summary>The shortest interval.</summary>
    [Option("The shortest such time that is agreed to (Min-SE); who asks for less gets 422.", Minimum = "90s", Maximum = "1d")]
    public TimeSpan MinExpires { get; init; } = Defaults.Minimum;
}
