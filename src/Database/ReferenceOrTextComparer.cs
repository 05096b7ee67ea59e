namespace UnifiedMsg.Database;

/// <summary>Compares SQL texts. Nearly every one is a literal, so its reference decides and its length is hash enough to find it.</summary>
internal sealed class ReferenceOrTextComparer : IEqualityComparer<string>
{
    public static readonly ReferenceOrTextComparer Instance = new();

    public bool Equals(string? x, string? y) => ReferenceEquals(x, y) || string.Equals(x, y, StringComparison.Ordinal);

    // Hashing a statement of some hundred characters for each execution would cost more than binding its parameters. Length and
    // three characters spread the statements of one program well enough.
    public int GetHashCode(string text) => text.Length == 0
        ? 0
        : HashCode.Combine(text.Length, text[text.Length / 3], text[text.Length / 2], text[^1]);
}
