namespace UnifiedMsg.Server.Commands;

/// <summary>Columns for people, as wide as their widest cell; plain, so that it also looks right in a pipe.</summary>
internal static class TextTable
{
    public static void Write(TextWriter output, string[] titles, IEnumerable<string[]> rows)
    {
        string[][] all = [titles, .. rows];
        var widths = titles.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        foreach (var row in all)
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}
