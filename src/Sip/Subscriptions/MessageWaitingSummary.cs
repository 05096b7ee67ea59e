using System.Globalization;
using System.Text;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Subscriptions;

/// <summary>The body of the <c>message-summary</c> package (RFC 3842 §5.2): what the lamp of a phone shows.</summary>
/// <param name="Account">The URI to call for the messages; null leaves it out.</param>
/// <param name="New">Voice messages not yet heard.</param>
/// <param name="Old">Voice messages heard.</param>
/// <param name="NewUrgent">How many of the new ones are urgent.</param>
/// <param name="OldUrgent">How many of the old ones are urgent.</param>
public sealed record MessageWaitingSummary(SipUri? Account, int New, int Old, int NewUrgent = 0, int OldUrgent = 0)
{
    /// <summary>The event package.</summary>
    public const string Package = "message-summary";

    /// <summary>The media type of the body.</summary>
    public const string MediaType = "application/simple-message-summary";

    /// <summary>Whether the lamp is lit.</summary>
    public bool Waiting { get; init; } = New > 0;

    /// <summary>The body.</summary>
    public SipBody ToBody()
    {
        var text = new StringBuilder("Messages-Waiting: ").Append(Waiting ? "yes" : "no").Append("\r\n");
        if (Account is not null)
            text.Append("Message-Account: ").Append(Account).Append("\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Voice-Message: {New}/{Old} ({NewUrgent}/{OldUrgent})\r\n");
        return new SipBody(MediaType, text.ToString());
    }

    /// <summary>Reads a body. Lines of other message classes and optional headers are passed over.</summary>
    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out MessageWaitingSummary? summary)
    {
        summary = null;
        bool? waiting = null;
        var result = new MessageWaitingSummary(null, 0, 0);
        foreach (var line in text.Split('\n', 64, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':');
            if (colon <= 0)
                return false;
            var value = line.AsSpan(colon + 1).Trim();
            switch (line[..colon].TrimEnd().ToLowerInvariant())
            {
                case "messages-waiting" when value is "yes" or "no" || value.Equals("yes", StringComparison.OrdinalIgnoreCase) || value.Equals("no", StringComparison.OrdinalIgnoreCase):
                    waiting = value.Equals("yes", StringComparison.OrdinalIgnoreCase);
                    break;
                case "message-account" when SipUri.TryParse(value, out var account):
                    result = result with { Account = account };
                    break;
                case "voice-message" when TryCounts(value, out var counts):
                    result = result with { New = counts[0], Old = counts[1], NewUrgent = counts[2], OldUrgent = counts[3] };
                    break;
                case "messages-waiting" or "voice-message":
                    return false;
            }
        }
        if (waiting is null)
            return false;
        summary = result with { Waiting = waiting.Value };
        return true;
    }

    // msg-summary-line = message-context-class HCOLON newmsgs SLASH oldmsgs [ LPAREN new-urgentmsgs SLASH old-urgentmsgs RPAREN ]
    private static bool TryCounts(ReadOnlySpan<char> text, out int[] counts)
    {
        counts = new int[4];
        var at = 0;
        var parts = text.ToString().Split(['/', '(', ')'], 6, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is not (2 or 4))
            return false;
        foreach (var part in parts)
        {
            if (!SipGrammar.TryNumber(part, int.MaxValue, out var number))
                return false;
            counts[at++] = (int)number;
        }
        return true;
    }
}
