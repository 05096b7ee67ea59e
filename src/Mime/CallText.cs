using System.Globalization;
using System.Net;
using System.Text;

namespace UnifiedMsg.Mime;

/// <summary>The words of a message about a call, as plain text and as HTML, from cleaned facts.</summary>
internal sealed class CallText
{
    private readonly List<(string Label, string Value, string? Link)> _rows = [];
    private readonly bool _withheld;

    public CallText(CallNotice call)
    {
        Number = UntrustedText.Line(call.CallerNumber);
        Name = UntrustedText.Line(call.CallerName);
        _withheld = call.CallerWithheld;
        if (Name is not null && Name.Equals(Number, StringComparison.Ordinal)) Name = null;
        Domain = call.ServiceAddress[(call.ServiceAddress.LastIndexOf('@') + 1)..];
        AddRow("From", Caller);
        if (Number is not null && PhoneLinks.Tel(Number, Domain) is { } tel) AddRow("Call back", Number, tel);
        if (Number is not null && PhoneLinks.Sip(Number, Domain) is { } sip) AddRow("By SIP", sip["sip:".Length..], sip);
        if (call.CallerProof is { } proof) AddRow("Caller identity", proof.Words);
        if (UntrustedText.Line(call.Called) is { } called) AddRow("Called", called);
        AddRow("When", call.When.ToString("dddd, d MMMM yyyy, HH:mm (zzz)", CultureInfo.InvariantCulture));
    }

    /// <summary>The caller's number, clean, or null.</summary>
    public string? Number { get; }

    /// <summary>The caller's name, clean, or null when it says no more than the number.</summary>
    public string? Name { get; }

    /// <summary>The domain of the service address.</summary>
    public string Domain { get; }

    /// <summary>Who called, for a person to read.</summary>
    public string Caller => (Name, Number) switch
    {
        (null, null) => _withheld ? "a withheld number" : "an unknown caller",
        (null, _) => Number,
        (_, null) => Name,
        _ => $"{Name} ({Number})",
    };

    /// <summary>The caller as a name for From.</summary>
    public string ShortCaller => Name ?? Number ?? (_withheld ? "Withheld number" : "Unknown caller");

    /// <summary>Adds a row to the facts of the call.</summary>
    public void AddRow(string label, string value, string? link = null) => _rows.Add((label, value, link));

    /// <summary>The plain text: title, facts, and then <paramref name="text"/> under its heading.</summary>
    public string Plain(string title, string? heading, string? text)
    {
        var plain = new StringBuilder().Append(title).Append("\n\n");
        foreach (var (label, value, link) in _rows)
            plain.Append(label).Append(": ").Append(link ?? value).Append('\n');
        if (heading is not null) plain.Append('\n').Append(heading).Append(":\n");
        if (text is not null) plain.Append(heading is null ? "\n" : "").Append(text).Append('\n');
        return plain.ToString();
    }

    /// <summary>The same as HTML.</summary>
    public string Html(string title, string? heading, string? text)
    {
        var html = new StringBuilder("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>\n<h2>")
            .Append(WebUtility.HtmlEncode(title)).Append("</h2>\n<table>\n");
        foreach (var (label, value, link) in _rows)
        {
            html.Append("<tr><td>").Append(label).Append("</td><td>");
            if (link is not null) html.Append("<a href=\"").Append(WebUtility.HtmlEncode(link)).Append("\">");
            html.Append(WebUtility.HtmlEncode(value)).Append(link is null ? "" : "</a>").Append("</td></tr>\n");
        }

        html.Append("</table>\n");
        if (heading is not null) html.Append("<h3>").Append(WebUtility.HtmlEncode(heading)).Append("</h3>\n");
        if (text is not null) html.Append("<p>").Append(WebUtility.HtmlEncode(text).Replace("\n", "<br>\n")).Append("</p>\n");
        return html.Append("</body></html>\n").ToString();
    }
}
