using System.Globalization;

namespace UnifiedMsg.Server.Configuration;

/// <summary>A range of UDP ports, written <c>20000-29999</c>; <c>0</c> means any free port.</summary>
/// <param name="First">The lowest port.</param>
/// <param name="Last">The highest port.</param>
public readonly record struct PortRange(int First, int Last)
{
    /// <summary>Whether the system chooses the ports.</summary>
    public bool IsAny => First == 0;

    /// <summary>Reads the notation; false when it is no range, out of order or has no room for one RTP and RTCP pair.</summary>
    public static bool TryParse(string? text, out PortRange range)
    {
        range = default;
        if (text == "0")
            return true;
        var parts = text?.Split('-');
        if (parts is not { Length: 2 } || !TryPort(parts[0], out var first) || !TryPort(parts[1], out var last) || last <= first)
            return false;
        range = new PortRange(first, last);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => IsAny ? "0" : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    private static bool TryPort(string text, out int port) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= 65535;
}
