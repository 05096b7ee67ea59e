namespace UnifiedMsg.Server.Commands;

/// <summary>Columns for people, as wide as their widest cell; plain, so that it also looks right in a pipe.</summary>
internal static class TextTable
{
    /// <summary>Text that came from the network, which must not be able to steer the terminal.</summary>
    public static string Printable(string text) => string.Concat(text.Select(each => char.IsControl(each) && each != '\t' ? '?' : each));

    public static void Write(TextWriter output, string[] titles, IEnumerable<string[]> rows)
    {
        string[][] all = [titles, .. rows];
        var widths = titles.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        foreach (var row in all)
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}
