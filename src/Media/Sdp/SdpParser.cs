using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace UnifiedMsg.Media.Sdp;

/// <summary>
/// Reads a session description (RFC 8866 §9). Strict in what it needs (version, origin, form of each line), lenient in what it does not:
/// bare line feeds, missing <c>s=</c> or <c>t=</c> lines and unknown types are taken as phones send them.
/// </summary>
public static class SdpParser
{
    /// <summary>The longest description read, in bytes. A browser's offer with many candidates has some 10 KB.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>The most streams in one description; phones send one or two.</summary>
    public const int MaxMedia = 32;

    /// <summary>The most lines in one description.</summary>
    public const int MaxLines = 2048;

    /// <summary>Reads <paramref name="text"/>.</summary>
    /// <param name="text">The body, UTF-8.</param>
    /// <param name="session">The description.</param>
    /// <param name="error">What is wrong, in words that may go into a reason phrase.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> text, [NotNullWhen(true)] out SessionDescription? session, [NotNullWhen(false)] out string? error)
    {
        session = null;
        if (text.Length > MaxLength)
        {
            error = "Session description too long";
            return false;
        }
        var reading = new Reading();
        error = reading.Lines(Encoding.UTF8.GetString(text));
        if (error is not null)
            return false;
        session = reading.Result();
        error = session is null ? "Session description has no origin" : null;
        return session is not null;
    }

    private sealed class Reading
    {
        private readonly List<SdpAttribute> _attributes = [];
        private readonly List<MediaDescription> _media = [];
        private SdpOrigin? _origin;
        private string _name = "-";
        private string? _connection;
        private string? _time;
        private MediaDescription? _stream;
        private List<SdpAttribute> _streamAttributes = [];

        public string? Lines(string text)
        {
            var count = 0;
            foreach (var range in text.AsSpan().Split('\n'))
            {
                var line = text.AsSpan()[range].TrimEnd('\r');
                if (line.IsEmpty)
                    continue;
                if (++count > MaxLines)
                    return "Session description has too many lines";
                if (line.Length < 2 || line[1] != '=')
                    return "Session description has a malformed line";
                var value = line[2..].Trim().ToString();
                // RFC 8866 §9: what is taken over into an answer must not break its lines.
                if (line.ContainsAny('\r', '\0'))
                    return "Session description has a control character";
                // RFC 8866 §5.1: the version comes first, and it is 0.
                if (count == 1 && (line[0] != 'v' || value != "0"))
                    return "Session description must begin with v=0";
                if (Line(line[0], value) is { } error)
                    return error;
            }
            EndStream();
            return null;
        }

        public SessionDescription? Result() => _origin is null
            ? null
            : new SessionDescription { Origin = _origin, Name = _name, Connection = _connection, Time = _time ?? "0 0", Attributes = _attributes, Media = _media };

        private string? Line(char type, string value)
        {
            switch (type)
            {
                case 'o': return Origin(value);
                case 's': _name = value; return null;
                case 'c': return Connection(value);
                case 't': _time ??= Time(value); return null;
                case 'a': (_stream is null ? _attributes : _streamAttributes).Add(Attribute(value)); return null;
                case 'm': EndStream(); return Media(value);
                default: return null;
            }
        }

        // o=<username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address>
        private string? Origin(string value)
        {
            var parts = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length != 6)
                return "Session description has a malformed origin";
            _origin = new SdpOrigin(parts[0], parts[1], parts[2], parts[5]);
            return null;
        }

        // t=<start-time> <stop-time>
        private static string? Time(string value)
        {
            var parts = value.Split(' ');
            return parts.Length == 2 && ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out _)
                && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _) ? value : null;
        }

        // c=<nettype> <addrtype> <connection-address>; a multicast address may carry /ttl/count, which no call uses.
        private string? Connection(string value)
        {
            var parts = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length != 3 || parts[0] != "IN" || parts[1] is not ("IP4" or "IP6"))
                return "Session description has a malformed connection";
            var address = parts[2].Split('/')[0];
            if (_stream is null)
                _connection = address;
            else
                _stream = _stream with { Connection = address };
            return null;
        }

        // m=<media> <port>[/<number of ports>] <proto> <fmt> …
        private string? Media(string value)
        {
            var parts = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length < 4 || !TryPort(parts[1], out var port))
                return "Session description has a malformed media line";
            if (_media.Count == MaxMedia)
                return "Session description has too many media lines";
            _stream = new MediaDescription { Kind = parts[0], Port = port, Protocol = parts[2], Formats = parts[3..] };
            _streamAttributes = [];
            return null;
        }

        private void EndStream()
        {
            if (_stream is not null)
                _media.Add(_stream with { Attributes = _streamAttributes });
            _stream = null;
        }

        private static bool TryPort(string text, out int port) =>
            int.TryParse(text.Split('/')[0], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= 65535;

        private static SdpAttribute Attribute(string value)
        {
            var colon = value.IndexOf(':', StringComparison.Ordinal);
            return colon < 0 ? new SdpAttribute(value) : new SdpAttribute(value[..colon], value[(colon + 1)..]);
        }
    }
}
