using System.Text;

namespace UnifiedMsg.Sip.Messages;

/// <summary>A request or a response: header fields and a body. Structured headers are parsed when they are first asked for.</summary>
public abstract class SipMessage
{
    private Cached<NameAddress> _from;
    private Cached<NameAddress> _to;
    private Cached<ViaHeader> _via;
    private string? _cseqText;
    private CSeqHeader? _cseq;

    private protected SipMessage()
    {
    }

    /// <summary>The header fields. Content-Length is written from the body, whatever is set here.</summary>
    public SipHeaders Headers { get; } = new();

    /// <summary>The body; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Body { get; set; }

    /// <summary>The body as UTF-8 text; null when it is empty.</summary>
    public string? BodyText => Body.IsEmpty ? null : Encoding.UTF8.GetString(Body.Span);

    /// <summary>The topmost Via, or null when it is missing or malformed.</summary>
    public ViaHeader? TopVia => _via.Get(Headers.FirstValue(SipHeaderNames.Via), static t => ViaHeader.TryParse(t, out var v) ? v : null);

    /// <summary>From, or null when it is missing or malformed.</summary>
    public NameAddress? From => _from.Get(Headers[SipHeaderNames.From], ParseAddress);

    /// <summary>To, or null when it is missing or malformed.</summary>
    public NameAddress? To => _to.Get(Headers[SipHeaderNames.To], ParseAddress);

    /// <summary>Call-ID, or null.</summary>
    public string? CallId => Headers[SipHeaderNames.CallId];

    /// <summary>CSeq, or null when it is missing or malformed.</summary>
    public CSeqHeader? CSeq
    {
        get
        {
            var text = Headers[SipHeaderNames.CSeq];
            if (!ReferenceEquals(text, _cseqText))
            {
                _cseq = CSeqHeader.TryParse(text, out var value) ? value : null;
                _cseqText = text;
            }
            return _cseq;
        }
    }

    /// <summary>The media type of Content-Type in lower case without parameters, or null.</summary>
    public string? ContentType
    {
        get
        {
            if (Headers[SipHeaderNames.ContentType] is not { } text)
                return null;
            var semicolon = text.IndexOf(';');
            return (semicolon < 0 ? text : text[..semicolon]).Replace(" ", "").ToLowerInvariant();
        }
    }

    /// <summary>The first Contact as an address; null when there is none, when it is malformed, or <c>*</c>.</summary>
    public NameAddress? Contact => ParseAddress(Headers.FirstValue(SipHeaderNames.Contact));

    /// <summary>Sets the body and its type; null removes both.</summary>
    public void SetBody(SipBody? body)
    {
        Body = body?.Content ?? default;
        Headers[SipHeaderNames.ContentType] = body?.ContentType;
    }

    private static NameAddress? ParseAddress(string? text) => NameAddress.TryParse(text, out var address) ? address : null;

    /// <summary>A parsed value that lives as long as the text it came from.</summary>
    private struct Cached<T> where T : class
    {
        private string? _text;
        private T? _value;

        public T? Get(string? text, Func<string, T?> parse)
        {
            if (text is null)
                return null;
            // By value, since a list header gives a new string each time for its first value.
            if (!ReferenceEquals(text, _text) && text != _text)
            {
                _value = parse(text);
                _text = text;
            }
            return _value;
        }
    }
}
