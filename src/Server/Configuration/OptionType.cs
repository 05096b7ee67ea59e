using System.Globalization;
using System.Net;
using UnifiedMsg.Sip.Messages;

namespace UnifiedMsg.Server.Configuration;

/// <summary>How values of one type are written, read and described.</summary>
/// <param name="Name">What it is, for the documentation: "size", "duration".</param>
/// <param name="Accepts">What to write, as the end of the sentence "write …".</param>
/// <param name="Parse">The value, or null when the text is none.</param>
/// <param name="Format">The text of a value.</param>
public sealed record OptionType(string Name, string Accepts, Func<string, object?> Parse, Func<object, string> Format)
{
    private static readonly (Type Type, OptionType Option)[] Table =
    [
        (typeof(string), new("text", "text", text => text, value => (string)value)),
        (typeof(bool), new("true or false", "true or false",
            text => text switch { "true" => true, "false" => false, _ => null }, value => (bool)value ? "true" : "false")),
        (typeof(int), new("number", "a whole number",
            text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null, Plain)),
        (typeof(ByteSize), new("size", "a size such as 64KiB, 50MiB or 1GiB",
            text => ByteSize.TryParse(text, out var size) ? size : null, Plain)),
        (typeof(TimeSpan), new("duration", "a duration such as 500ms, 60s, 5m, 1h or 5d",
            text => Duration.TryParse(text, out var duration) ? duration : null, value => Duration.Format((TimeSpan)value))),
        (typeof(PortRange), new("port range", "a range of ports such as 20000-29999, or 0 for any free port",
            text => PortRange.TryParse(text, out var range) ? range : null, Plain)),
        (typeof(IPAddress), new("IP address", "an IP address such as 127.0.0.1 or ::1",
            text => text.Length > 0 && (text.Contains(':') || text.Count('.'.Equals) == 3) && IPAddress.TryParse(text, out var address) ? address : null, Plain)),
        (typeof(IPNetwork), new("address or network", "an IP address or a network such as 192.0.2.10 or 192.0.2.64/26", ParseNetwork, Plain)),
        (typeof(IPEndPoint), new("address and port", "an IP address and a port such as \"127.0.0.1:25\" or \"[::1]:25\"",
            text => EndPointText.TryParse(text, null, out var endPoint) ? endPoint : null, Plain)),
        (typeof(SipListen), new("SIP address", "a transport, an IP address and a port such as \"udp://127.0.0.1:5060\" or \"tcp://[::1]:5060\"",
            text => SipListen.TryParse(text, out var listen) ? listen : null, Plain)),
        (typeof(SipUri), new("SIP URI", "a SIP URI such as \"sip:192.0.2.10\" or \"sip:pbx.example.test;transport=tcp\"",
            text => SipUri.TryParse(text, out var uri) && uri is { IsSip: true, Headers: null } ? uri : null, Plain)),
        (typeof(DnsServer), new("name server", "an IP address, with or without a port, such as 192.0.2.53",
            text => DnsServer.TryParse(text, out var server) ? server : null, Plain)),
    ];

    /// <summary>The notation of a type that an option has.</summary>
    /// <exception cref="InvalidOperationException">No option may have that type.</exception>
    public static OptionType Of(Type type)
    {
        if (type.IsEnum)
            return OfEnum(type);
        foreach (var (known, option) in Table)
        {
            if (known == type)
                return option;
        }
        throw new InvalidOperationException($"{type} has no notation in the configuration");
    }

    private static OptionType OfEnum(Type type)
    {
        var names = Enum.GetNames(type).Select(OptionProperty.ToKey).ToArray();
        var list = names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} or {names[^1]}";
        return new OptionType(
            list,
            list,
            // Only names count: Enum.TryParse alone would take numbers and lists too.
            text => names.Contains(text, StringComparer.OrdinalIgnoreCase) ? Enum.Parse(type, text, ignoreCase: true) : null,
            value => OptionProperty.ToKey(value.ToString()!));
    }

    private static object? ParseNetwork(string text)
    {
        if (IPNetwork.TryParse(text, out var network))
            return network;
        return IPAddress.TryParse(text, out var address) && !text.Contains('/') ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : null;
    }

    private static string Plain(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
