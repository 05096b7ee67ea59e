using System.Text;
using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Store.Tests.Search;

/// <summary>A message as a person would see it, and as it is sent.</summary>
internal sealed record GeneratedMail(string Subject, string From, string Topic, string Body, byte[] Octets)
{
    /// <summary>What a search has to find, said without the code under test: plain comparison of what was meant to be sent.</summary>
    public bool Has(SearchField field, string text) => field switch
    {
        SearchField.Subject => Contains(Subject, text),
        SearchField.From => Contains(From, text),
        SearchField.Header => Contains(Topic, text),
        SearchField.Body => Contains(Body, text),
        _ => new[] { Subject, From, Topic, Body, "Subject", "From", "X-Topic", "MIME-Version", "1.0", "Content-Type", "Content-Transfer-Encoding" }
            .Concat(Technical).Any(each => Contains(each, text)),
    };

    public string[] Technical { get; init; } = [];

    // RFC 5051: characters made of others are compared as those. These are all that the stock has.
    private static readonly (string Composed, string Decomposed)[] Compositions =
    [
        ("ü", "u\u0308"), ("Ü", "U\u0308"), ("ä", "a\u0308"), ("Ä", "A\u0308"), ("ï", "i\u0308"), ("Ï", "I\u0308"), ("ά", "α\u0301"), ("Ά", "Α\u0301"),
        ("ί", "ι\u0301"), ("Ί", "Ι\u0301"), ("…", "..."),
    ];

    private static bool Contains(string text, string needle) => Decompose(text).Contains(Decompose(needle), StringComparison.OrdinalIgnoreCase);

    private static string Decompose(string text) =>
        Compositions.Aggregate(text, (result, one) => result.Replace(one.Composed, one.Decomposed, StringComparison.Ordinal));
}

/// <summary>Makes messages out of a small stock of words and characters, so that needles are found often, in every encoding.</summary>
internal sealed class MailGenerator(int seed)
{
    private static readonly string[] Stock =
    [
        "meeting", "Meet", "eating", "tea", "report", "Reporter", "quarterly", "Straße", "grüße", "ÄRGER", "naïve", "Ελλάδα", "ΣΊΣΥΦΟΣ", "привет", "ПРИВЕТЫ",
        "日本語", "東京都", "テスト", "한국어", "x", "yz", "a1b2c3", "0041797654321", "INV-2026-00417", "k9Xq2Wv8Lr5Tz3Np7Bc1Md6Hf4Js0Gy",
        "foo@bar.example", "under_score", "don't", "C++", "50%", "😀", "😀😀", "e.g.", "—", "…",
    ];

    private readonly Random _random = new(seed);

    public GeneratedMail Next()
    {
        (string subject, string from, string topic, string body) = (Words(1, 5), Words(1, 2), Words(1, 3), Words(0, 40));
        (string charset, string encoding, byte[] octets) = Encode(body);
        string name = _random.Next(2) == 0 ? "text/plain" : "Text/Plain";
        string head = $"Subject: {Word2047(subject)}\r\nFrom: {Word2047(from)}\r\nX-Topic: {Word2047(topic)}\r\nMIME-Version: 1.0\r\n"
            + $"Content-Type: {name}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n";
        return new GeneratedMail(subject, from, topic, body, [.. Encoding.UTF8.GetBytes(head), .. octets])
        {
            Technical = [$"{name}; charset={charset}", encoding],
        };
    }

    /// <summary>A piece of a message or of the stock, at any length and in any case.</summary>
    public string Needle(GeneratedMail mail)
    {
        string source = _random.Next(6) switch
        {
            0 => mail.Subject,
            1 => mail.From,
            2 => mail.Topic,
            3 => Pick(),
            _ => mail.Body,
        };
        if (source.Length == 0)
            return "absent";
        int start = _random.Next(source.Length);
        int length = Math.Min(source.Length - start, 1 + _random.Next(_random.Next(2) == 0 ? 4 : 14));
        string needle = WholeCharacters(source, start, length);
        return _random.Next(3) switch { 0 => needle.ToUpperInvariant(), 1 => needle.ToLowerInvariant(), _ => needle };
    }

    public SearchField Field() => (SearchField[])[SearchField.Subject, SearchField.From, SearchField.Header, SearchField.Body, SearchField.Text] is var all
        ? all[_random.Next(all.Length)] : default;

    public int Below(int limit) => _random.Next(limit);

    private string Words(int least, int most) =>
        string.Join(_random.Next(4) == 0 ? "  " : " ", Enumerable.Range(0, _random.Next(least, most + 1)).Select(_ => Pick()));

    private string Pick() => Stock[_random.Next(Stock.Length)];

    private static string WholeCharacters(string text, int start, int length)
    {
        if (char.IsLowSurrogate(text[start]))
            (start, length) = (start - 1, length + 1);
        return start + length < text.Length && char.IsLowSurrogate(text[start + length]) ? text.Substring(start, length + 1) : text.Substring(start, length);
    }

    private string Word2047(string text)
    {
        if (Ascii.IsValid(text) && _random.Next(2) == 0)
            return text;
        // RFC 2047 §5: encoded words side by side belong together, and a character is never parted.
        var words = new List<string>();
        foreach (Rune[] some in text.EnumerateRunes().Chunk(8))
            words.Add($"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Concat(some.Select(rune => rune.ToString()))))}?=");
        return string.Join("\r\n ", words);
    }

    private (string Charset, string Encoding, byte[] Octets) Encode(string body)
    {
        string charset = _random.Next(3) switch { 0 when body.All(c => c < 256) => "iso-8859-1", 1 => "utf-16le", _ => "utf-8" };
        byte[] octets = Encoding.GetEncoding(charset).GetBytes(body);
        if (charset == "utf-16le" || _random.Next(3) == 0)
            return (charset, "base64", Encoding.ASCII.GetBytes(Convert.ToBase64String(octets, Base64FormattingOptions.InsertLineBreaks)));
        return _random.Next(2) == 0 ? (charset, "quoted-printable", QuotedPrintable(octets)) : (charset, "8bit", octets);
    }

    private static byte[] QuotedPrintable(byte[] octets)
    {
        var text = new StringBuilder();
        for (int i = 0; i < octets.Length; i++)
        {
            text.Append(octets[i] is > 32 and < 127 and not (byte)'=' ? ((char)octets[i]).ToString() : $"={octets[i]:X2}");
            if (i % 20 == 19)
                text.Append("=\r\n"); // A soft line break in the midst of words.
        }
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
