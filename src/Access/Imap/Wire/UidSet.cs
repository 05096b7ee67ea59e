using System.Text;

namespace UnifiedMsg.Access.Imap.Wire;

/// <summary>Writes numbers as a set with ranges. RFC 9051 §9 uid-set.</summary>
internal static class UidSet
{
    /// <summary>The numbers in their order; neighbours that ascend by one become a range.</summary>
    public static string Format(IReadOnlyList<uint> numbers)
    {
        var text = new StringBuilder();
        for (var i = 0; i < numbers.Count; i++)
        {
            var first = numbers[i];
            while (i + 1 < numbers.Count && numbers[i + 1] == numbers[i] + 1) i++;
            if (text.Length > 0) text.Append(',');
            text.Append(first);
            if (numbers[i] != first) text.Append(':').Append(numbers[i]);
        }

        return text.ToString();
    }
}
