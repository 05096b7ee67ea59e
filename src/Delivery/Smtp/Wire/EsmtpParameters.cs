using System.Text;

namespace UnifiedMsg.Delivery.Smtp.Wire;

/// <summary>Reads the parameters of MAIL and RCPT one after the other, without allocating for those that are left unread.</summary>
/// <remarks>RFC 5321 §4.1.2: <c>esmtp-param = esmtp-keyword ["=" esmtp-value]</c>, separated by spaces.</remarks>
internal ref struct EsmtpParameters(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> _rest = text;

    /// <summary>The keyword just read.</summary>
    public ReadOnlySpan<byte> Keyword { get; private set; }

    /// <summary>Its value; empty when it has none.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Whether a malformed parameter was met; then <see cref="Next"/> has returned false.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Goes to the next parameter; false at the end or at one that is malformed.</summary>
    public bool Next()
    {
        _rest = _rest.TrimStart((byte)' ');
        if (_rest.IsEmpty)
            return false;
        var space = _rest.IndexOf((byte)' ');
        var parameter = space < 0 ? _rest : _rest[..space];
        _rest = _rest[parameter.Length..];
        var equals = parameter.IndexOf((byte)'=');
        Keyword = equals < 0 ? parameter : parameter[..equals];
        Value = equals < 0 ? default : parameter[(equals + 1)..];
        IsMalformed = Keyword.IsEmpty || (equals >= 0 && Value.IsEmpty) || !IsKeyword(Keyword) || Value.ContainsAnyInRange((byte)0, (byte)' ');
        return !IsMalformed;
    }

    /// <summary>Whether the keyword is this one, in any case.</summary>
    public readonly bool Is(ReadOnlySpan<byte> keyword) => Ascii.EqualsIgnoreCase(Keyword, keyword);

    private static bool IsKeyword(ReadOnlySpan<byte> keyword)
    {
        foreach (var b in keyword)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b != (byte)'-')
                return false;
        }
        return true;
    }
}
