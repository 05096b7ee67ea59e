using UnifiedMsg.Mime;

namespace UnifiedMsg.Store.Search.Attachments;

/// <summary>A program that prints the text of a document.</summary>
/// <param name="Name">The program, to be found in PATH.</param>
/// <param name="Package">The Debian package that has it.</param>
/// <param name="Arguments">Its arguments; <c>{input}</c> stands for the document.</param>
/// <param name="Types">Media types that it reads.</param>
/// <param name="Endings">How the names of such files end, for mail that says nothing better than application/octet-stream.</param>
internal sealed record AttachmentProgram(string Name, string Package, string[] Arguments, string[] Types, string[] Endings)
{
    /// <summary>For PDF.</summary>
    public static IReadOnlyList<AttachmentProgram> Pdf { get; } =
    [
        new("pdftotext", "poppler-utils", ["-q", "-enc", "UTF-8", "{input}", "-"], ["application/pdf"], [".pdf"]),
    ];

    /// <summary>For office formats.</summary>
    public static IReadOnlyList<AttachmentProgram> Office { get; } =
    [
        new("docx2txt", "docx2txt", ["{input}", "-"], ["application/vnd.openxmlformats-officedocument.wordprocessingml.document"], [".docx"]),
        new("odt2txt", "odt2txt", ["--encoding=UTF-8", "{input}"], ["application/vnd.oasis.opendocument.text"], [".odt"]),
        new("catdoc", "catdoc", ["-d", "utf-8", "{input}"], ["application/msword"], [".doc"]),
    ];

    /// <summary>Whether it reads this part.</summary>
    public bool Reads(MessagePart part)
    {
        string type = $"{part.Type}/{part.Subtype}";
        if (Types.Contains(type))
            return true;
        string? name = part.DispositionParameters.Concat(part.Parameters).FirstOrDefault(each => each.Key is "filename" or "name").Value;
        return type == "application/octet-stream" && name is not null
            && Endings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
    }
}
