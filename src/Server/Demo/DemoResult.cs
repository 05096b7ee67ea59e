using System.Text.Json.Serialization;

namespace UnifiedMsg.Server.Demo;

/// <summary>Everything that the demo measured and found. Times in milliseconds unless the name says otherwise.</summary>
internal sealed record DemoResult
{
    [JsonPropertyOrder(-1)]
    public bool Ok => Failures.Count == 0;

    /// <summary>What did not happen as it should.</summary>
    public List<string> Failures { get; } = [];

    public double ServerStartMs { get; set; }

    public double InviteToAnswerMs { get; set; }

    public double GreetingSeconds { get; set; }

    public double HangUpToMailboxMs { get; set; }

    public double HangUpToLampMs { get; set; }

    public string? Transcript { get; set; }

    public string? Recogniser { get; set; }

    /// <summary>Aligned correlation of the fixture and the recording in the mailbox.</summary>
    public double Correlation { get; set; }

    public double LostAtHeadMs { get; set; }

    public double LostAtTailMs { get; set; }

    public double LongestGapMs { get; set; }

    public double MissedCallMs { get; set; }

    public double ReadToLampOffMs { get; set; }

    public double TotalSeconds { get; set; }
}
