using System.Text;
using UnifiedMsg.Store.Search.Texts;

namespace UnifiedMsg.Store.Search.Postings;

/// <summary>One run of a needle: what a word, or a code, has to have at its place.</summary>
/// <param name="Text">The run.</param>
/// <param name="Part">Where in a word it has to be.</param>
/// <param name="Before">What is before it in the needle: the separator to the run before, or what the needle begins with.</param>
/// <param name="Alone">Whether it is the whole needle.</param>
internal sealed record NeedlePart(string Text, TermPart Part, string Before, bool Alone)
{
    /// <summary>Of a run of up to so many characters that is inside of a code, that code has a trigram with all of it.</summary>
    private const int Gram = 3;

    /// <summary>A code of more trigrams is told apart by the first ones.</summary>
    private const int MaxGrams = 24;

    /// <summary>Whether a word can be what is looked for.</summary>
    public bool MayBeWord => Part != TermPart.Whole || !Runs.IsCode(Text);

    /// <summary>Whether a code can be.</summary>
    public bool MayBeCode => Part != TermPart.Whole || Runs.IsCode(Text);

    /// <summary>Whether the trigrams of a code prove that it has the text.</summary>
    public bool GramsProve => Part == TermPart.Inside && IsShort;

    /// <summary>Whether there are trigrams that have all of the text, instead of it having them.</summary>
    public bool IsShort { get; } = Text.EnumerateRunes().Count() <= Gram;

    /// <summary>The text in the index.</summary>
    public byte[] Octets { get; } = Encoding.UTF8.GetBytes(Text);

    /// <summary>Trigrams that a code with the text has.</summary>
    public IEnumerable<byte[]> Grams =>
        SegmentBuilder.GramsOf(Text).Take(MaxGrams).Select(gram => Text.Substring(gram.Start, gram.Length)).Distinct().Select(Encoding.UTF8.GetBytes);

    /// <summary>The runs of a needle.</summary>
    public static List<NeedlePart> Of(Needle needle)
    {
        var parts = new List<NeedlePart>();
        int end = 0;
        foreach (Run run in needle.Runs)
        {
            bool alone = needle.Runs.Count == 1 && (needle.Match != SearchMatch.Substring || run.Length == needle.Folded.Length);
            parts.Add(new NeedlePart(needle.TextOf(run), PartOf(needle, run), needle.Folded[end..run.Start], alone));
            end = run.End;
        }
        return parts;
    }

    // A run at the end of a needle may go on in the text; a character that stands for itself does not.
    private static TermPart PartOf(Needle needle, Run run)
    {
        if (run.Alone)
            return TermPart.Whole;
        if (needle.Match != SearchMatch.Substring)
            return needle.Match == SearchMatch.Prefix && run == needle.Runs[^1] ? TermPart.Beginning : TermPart.Whole;
        bool open = run.Start == 0;
        bool openEnd = run.End == needle.Folded.Length;
        return open && openEnd ? TermPart.Inside : open ? TermPart.End : openEnd ? TermPart.Beginning : TermPart.Whole;
    }
}
