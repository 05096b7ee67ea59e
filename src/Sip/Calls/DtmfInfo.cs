using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Sip.Calls;

/// <summary>Keys in the body of an INFO, as phone systems have sent them since before RFC 6086.</summary>
internal static class DtmfInfo
{
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(250);

    /// <summary>A key held longer than this was not held: the figure is wrong.</summary>
    private const uint LongestMilliseconds = 60_000;

    public static bool IsKnown(string? contentType) => contentType is "application/dtmf-relay" or "application/dtmf";

    /// <summary>Reads <c>Signal=5 CRLF Duration=160</c> (dtmf-relay) or a bare key (dtmf).</summary>
    public static bool TryParse(string? contentType, string body, out DtmfKey key)
    {
        key = default;
        if (contentType == "application/dtmf")
            return TryKey(body.AsSpan().Trim(), Usual, out key);
        var signal = ReadOnlySpan<char>.Empty;
        var duration = Usual;
        foreach (var line in body.AsSpan().EnumerateLines())
        {
            var equals = line.IndexOfAny('=', ':');
            if (equals <= 0)
                continue;
            var name = line[..equals].Trim();
            var value = line[(equals + 1)..].Trim();
            if (name.Equals("Signal", StringComparison.OrdinalIgnoreCase))
                signal = value;
            else if (name.Equals("Duration", StringComparison.OrdinalIgnoreCase) && SipGrammar.TryNumber(value, LongestMilliseconds, out var time))
                duration = TimeSpan.FromMilliseconds(time);
        }
        return TryKey(signal, duration, out key);
    }

    private static bool TryKey(ReadOnlySpan<char> text, TimeSpan duration, out DtmfKey key)
    {
        var symbol = text switch
        {
            "10" => '*', // the event numbers of RFC 4733, which some gateways put here
            "11" => '#',
            [var one] => char.ToUpperInvariant(one),
            _ => '\0',
        };
        key = new DtmfKey(symbol, duration);
        return symbol is (>= '0' and <= '9') or '*' or '#' or (>= 'A' and <= 'D');
    }
}
