namespace UnifiedMsg.Mime;

/// <summary>The Content-* fields of a part, with the defaults of RFC 2045 §5.2 and RFC 2046 §5.1.5.</summary>
internal struct ContentFields
{
    private static readonly KeyValuePair<string, string>[] DefaultParameters = [new("charset", "us-ascii")];

    public string Type, Subtype, Encoding;
    public string? Id, Description, Md5, Disposition, Location;
    public IReadOnlyList<KeyValuePair<string, string>> Parameters, DispositionParameters;
    public IReadOnlyList<string> Languages;
    public byte[]? Boundary;

    public readonly bool IsMultipart => Type == "multipart";

    public readonly bool IsMessage => Type == "message" && Subtype is "rfc822" or "global";

    public readonly bool IsIdentity => Encoding is "7bit" or "8bit" or "binary";

    public readonly ContentFields AsText() => this with { Type = "text", Subtype = "plain", Parameters = DefaultParameters };

    public readonly ContentFields AsOpaque() => this with { Type = "application", Subtype = "octet-stream", Parameters = [] };

    public static ContentFields Read(HeaderBlock header, bool inDigest)
    {
        var fields = new ContentFields
        {
            Type = "text",
            Subtype = "plain",
            Parameters = DefaultParameters,
            DispositionParameters = [],
            Languages = [],
            Id = header.Find("Content-ID"u8),
            Description = header.Find("Content-Description"u8),
            Md5 = header.Find("Content-MD5"u8),
            Location = header.Find("Content-Location"u8),
            Encoding = ReadEncoding(header.Find("Content-Transfer-Encoding"u8)),
        };
        var type = header.Find("Content-Type"u8);
        if (type is null && inDigest) (fields.Type, fields.Subtype, fields.Parameters) = ("message", "rfc822", []);
        if (type is not null && ContentField.TryParseType(type, out var content)) fields.SetType(content);
        if (header.Find("Content-Disposition"u8) is { } disposition && ContentField.TryParseDisposition(disposition, out content))
            (fields.Disposition, fields.DispositionParameters) = (content.Type, content.Parameters);
        if (header.Find("Content-Language"u8) is { Length: > 0 } languages)
            fields.Languages = languages.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return fields;
    }

    private void SetType(ContentField content)
    {
        (Type, Subtype, Parameters) = (content.Type, content.Subtype, content.Parameters);
        if (IsMultipart && content.Parameter("boundary")?.TrimEnd() is { Length: > 0 } boundary)
            Boundary = System.Text.Encoding.UTF8.GetBytes(boundary);
    }

    private static string ReadEncoding(string? value)
    {
        if (value is null) return "7bit";
        var tokens = new HeaderTokenizer(value, ";");
        return tokens.Next() == HeaderToken.Word ? tokens.Text.ToLowerInvariant() : "7bit";
    }
}
