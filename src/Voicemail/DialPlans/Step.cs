namespace UnifiedMsg.Voicemail.DialPlans;

/// <summary>One step of a dial plan: the conditions under which it applies, all of which must hold, and what it does.</summary>
public sealed record Step
{
    /// <summary>What the step is for, in words.</summary>
    public required string Name { get; init; }

    /// <summary>Where it stands: <c>file:line</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Patterns for the number that was dialled (the user part of the Request-URI); empty: any.</summary>
    public IReadOnlyList<NumberPattern> To { get; init; } = [];

    /// <summary>Patterns for the caller's number; empty: any.</summary>
    public IReadOnlyList<NumberPattern> From { get; init; } = [];

    /// <summary>Patterns for the number that diverted the call to us; not empty: only a diverted call matches.</summary>
    public IReadOnlyList<NumberPattern> By { get; init; } = [];

    /// <summary>Reasons of diversion that match, <c>any</c>, or <c>none</c> for calls that were not diverted; empty: not looked at.</summary>
    public IReadOnlyList<string> Diverted { get; init; } = [];

    /// <summary>Times at which it applies; empty: always.</summary>
    public IReadOnlyList<TimeWindow> At { get; init; } = [];

    /// <summary>The zone in which <see cref="At"/> is read.</summary>
    public required TimeZoneInfo TimeZone { get; init; }

    /// <summary>Whose mailbox: an extension or an address, with <c>{name}</c> for what a pattern captured; null when the step rejects.</summary>
    public string? Mailbox { get; init; }

    /// <summary>The SIP status with which the step refuses the call, or null.</summary>
    public int? Reject { get; init; }

    /// <summary>How a message is taken.</summary>
    public LeaveMessageOptions LeaveMessage { get; init; } = new();
}

/// <summary>How a message is taken from a caller.</summary>
public sealed record LeaveMessageOptions
{
    /// <summary>How long we let it ring before we answer.</summary>
    public TimeSpan Ring { get; init; } = TimeSpan.Zero;

    /// <summary>The WAV file of the greeting; null for the one built in.</summary>
    public string? Greeting { get; init; }

    /// <summary>Whether the tone sounds before the recording.</summary>
    public bool Tone { get; init; } = true;

    /// <summary>The longest message.</summary>
    public TimeSpan MaxLength { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The message ends after so much silence.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Keys that end the message.</summary>
    public string FinishKeys { get; init; } = "#";

    /// <summary>Whether a call that ended before anything was said leaves a notice.</summary>
    public bool MissedCall { get; init; } = true;
}
