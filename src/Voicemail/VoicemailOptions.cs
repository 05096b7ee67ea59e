using System.Net;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Voicemail;

/// <summary>What voice mail needs to know of the installation.</summary>
public sealed record VoicemailOptions
{
    /// <summary>The address that messages about calls come from, such as <c>voicemail@example.test</c>.</summary>
    public required string ServiceAddress { get; init; }

    /// <summary>The folder of the dial plan.</summary>
    public required string DialPlans { get; init; }

    /// <summary>The folder of calls under way and of recordings not delivered yet.</summary>
    public required string Spool { get; init; }

    /// <summary>The name of this server among those that share the database; the spool is its own.</summary>
    public string Node { get; init; } = "main";

    /// <summary>Where RTP is received; a wildcard address receives on every address and tells each caller the one it reaches us by.</summary>
    public required IPAddress RtpAddress { get; init; }

    /// <summary>The address that callers elsewhere are told instead, when they reach us through address translation; null for the local one.</summary>
    public IPAddress? AdvertisedAddress { get; init; }

    /// <summary>The first and last UDP port of RTP and RTCP; null for any free ones.</summary>
    public (int First, int Last)? RtpPorts { get; init; }

    /// <summary>How RTP is received.</summary>
    public DatagramReceiving RtpReceiving { get; init; } = DatagramReceiving.Auto;

    /// <summary>The codecs of calls.</summary>
    public CodecPreference Codecs { get; init; } = CodecPreference.Default;

    /// <summary>Whether the audio of calls is protected by SRTP.</summary>
    public SrtpPolicy Srtp { get; init; } = SrtpPolicy.BestEffort;

    /// <summary>How long a greeting or another sound waits for a caller who holds the call, until we hang up. Who calls and takes no audio
    /// would otherwise keep a call and its ports for ever.</summary>
    public TimeSpan LongestHold { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The largest message, in octets. The longest message that a dial plan may ask for, an hour, takes 160 MB in wide-band sound; a smaller limit
    /// than that of what callers may say would keep messages from their mailbox.</summary>
    public long MaxMessageSize { get; init; } = 200 * 1024 * 1024;

    /// <summary>How long to wait before a delivery that failed is tried again, first and at most.</summary>
    public (TimeSpan First, TimeSpan Most) DeliveryRetry { get; init; } = (TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5));

    /// <summary>After the last call has ended, how long its message may take to reach the mailbox before a stop leaves it to the next start.</summary>
    public TimeSpan DeliveryDrain { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Missed calls of the same caller to the same mailbox that are told one by one, and how often a further one is: whoever calls and
    /// gives up a thousand times fills no mailbox. Callers who withhold their number count as one.
    /// </summary>
    public (int Burst, TimeSpan Pause) MissedCallNotices { get; init; } = (10, TimeSpan.FromMinutes(1));

    /// <summary>Sound.</summary>
    public AudioOptions Audio { get; init; } = new();

    /// <summary>Where files are made on their way into a message; whoever starts the server empties it.</summary>
    public string WorkFolder { get; init; } = Path.GetTempPath();

    /// <summary>How long a message waits for its transcript at most.</summary>
    public TimeSpan TranscriptMaxWait { get; init; } = TimeSpan.FromSeconds(60);
}
