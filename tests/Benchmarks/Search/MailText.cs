using System.Text;

namespace UnifiedMsg.Benchmarks.Search;

/// <summary>Mail out of a vocabulary whose words are as frequent as those of a language: the n-th has a n-th of the first one's share (Zipf).</summary>
internal sealed class MailText
{
    private const int Words = 200_000;
    private const int People = 5000;

    // Onset, vowel and end of a syllable: their combinations give about as many different trigrams as a language has.
    private static readonly string[] Onsets = ["", "b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "qu", "r", "s", "t", "v", "w", "z", "br", "ch", "cl", "dr", "gr", "pl", "pr", "sh", "sp", "st", "str", "th", "tr"];
    private static readonly string[] Vowels = ["a", "e", "i", "o", "u", "y", "ai", "ea", "ee", "ie", "oo", "ou"];
    private static readonly string[] Ends = ["", "", "", "b", "ck", "d", "ft", "ght", "k", "l", "ll", "m", "n", "nd", "ng", "nt", "p", "r", "rd", "rt", "s", "ss", "st", "t", "ts", "x"];

    private readonly string[] _words = new string[Words];
    private readonly double[] _shares = new double[Words];
    private readonly Random _random;

    public MailText(int seed)
    {
        _random = new Random(seed);
        var used = new HashSet<string>();
        double sum = 0;
        for (int i = 0; i < Words; i++)
        {
            // Frequent words are short.
            int syllables = 1 + (int)Math.Log(i + 2, 100);
            string word;
            do
                word = string.Concat(Enumerable.Range(0, syllables + _random.Next(2)).Select(_ => Syllable()));
            while (!used.Add(word));
            _words[i] = word;
            _shares[i] = sum += 1.0 / (i + 1);
        }
        for (int i = 0; i < Words; i++)
            _shares[i] /= sum;
    }

    /// <summary>The n-th word.</summary>
    public string Word(int rank) => _words[rank];

    /// <summary>A message of 1 to 2 KB, with the identifiers that real ones have.</summary>
    public byte[] Message(int number)
    {
        var text = new StringBuilder(2500);
        text.Append($"Received: from mail{number % 97}.example.test by mx.example.test with ESMTPS id {Code(16)}; Mon, 2 Mar 2026 08:00:00 +0000\r\n")
            .Append($"From: {Person(_random.Next(People))}\r\nTo: {Person(_random.Next(People))}\r\nSubject: {Line(5)}\r\n")
            .Append($"Date: Mon, 2 Mar 2026 08:00:00 +0000\r\nMessage-ID: <{Code(24)}.{number}@example.test>\r\n")
            .Append("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
        for (int lines = 8 + _random.Next(16); lines > 0; lines--)
            text.Append(Line(10)).Append("\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>A rank between two, as likely from 100 to 1,000 as from 1,000 to 10,000.</summary>
    public int Rank(int least, int most) => (int)(least * Math.Pow((double)most / least, _random.NextDouble()));

    public int Below(int limit) => _random.Next(limit);

    public string Person(int number) => $"{_words[1000 + number]} {_words[7000 + number]} <{_words[1000 + number]}.{_words[7000 + number]}@example.test>";

    private string Syllable() => Onsets[_random.Next(Onsets.Length)] + Vowels[_random.Next(Vowels.Length)] + Ends[_random.Next(Ends.Length)];

    private string Line(int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => Next()));

    private string Next()
    {
        int found = Array.BinarySearch(_shares, _random.NextDouble());
        return _words[Math.Min(Words - 1, found < 0 ? ~found : found)];
    }

    private string Code(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"[_random.Next(32)]));
}
