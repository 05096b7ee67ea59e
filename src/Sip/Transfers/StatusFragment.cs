using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Transfers;

/// <summary>RFC 3420, RFC 3515 §2.4.5: the status line by which a NOTIFY tells how a transfer goes.</summary>
internal static class StatusFragment
{
    public const string MediaType = "message/sipfrag";

    /// <summary>The event package of transfers (RFC 3515 §3).</summary>
    public const string Package = "refer";

    public static SipBody Of(SipResponse response) => new($"{MediaType};version=2.0", $"SIP/2.0 {response.Status} {response.Reason}\r\n");

    /// <summary>Reads the status line; header fields may follow it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out int status, out string reason)
    {
        var end = body.IndexOfAny((byte)'\r', (byte)'\n');
        var response = StartLine.Read(end < 0 ? body : body[..end])?.Message as SipResponse;
        (status, reason) = (response?.Status ?? 0, response?.Reason ?? "");
        return response is not null;
    }
}
