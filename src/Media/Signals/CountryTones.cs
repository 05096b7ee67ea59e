using System.Diagnostics.CodeAnalysis;

namespace UnifiedMsg.Media.Signals;

/// <summary>The tones that the people of a country know by ear (ITU-T E.180 Supplement 2, and what the networks say themselves).</summary>
public sealed class CountryTones
{
    /// <summary>The tones of no country: 425 Hz with the cadences that most of Europe has, and a beep of 1000 Hz.</summary>
    public const string AnyCountry = "any";

    private const string Information = "950 330/0 1400 330/0 1800 330/1000";

    // A country's own tone of recordings where it has one, but never shorter than the 350 ms of E.180 §9: a caller waits for it.
    private const string Record = "1400 400/0 @-6";

    private static readonly Dictionary<string, CountryTones> Table = new(StringComparer.OrdinalIgnoreCase);

    private readonly ToneSignal[] _signals;

    static CountryTones()
    {
        //          dial                    ringing                   busy                  congestion
        Add(AnyCountry, "425", "425 1000/4000", "425 500/500", "425 250/250", Information, "1000 400/0 @-6");
        Add("at", "420", "420 1000/5000", "420 400/400", "420 200/200", "950 330/0 1450 330/0 1850 330/1000");
        Add("au", "413+438", "413+438 400/200/400/2000", "425 375/375", "425 375/375", "425 2500/500", "425 360/0 @-6");
        Add("be", "425", "425 1000/3000", "425 500/500", "425 167/167", "900 330/0 1400 330/0 1800 330/1000");
        Add("br", "425", "425 1000/4000", "425 250/250", "425 250/250/750/250");
        Add("ca", "350+440", "440+480 2000/4000 @-16", "480+620 500/500 @-21", "480+620 250/250 @-21");
        Add("ch", "425", "425 1000/4000", "425 500/500", "425 200/200");
        Add("de", "425", "425 1000/4000", "425 480/480", "425 240/240");
        Add("dk", "425", "425 1000/4000", "425 500/500", "425 200/200");
        Add("es", "425", "425 1500/3000", "425 200/200", "425 200/200/200/200/200/600");
        Add("fi", "425", "425 1000/4000", "425 300/300", "425 200/200", "950 650/325/325/30 1400 1300/2600");
        Add("fr", "440", "440 1500/3500", "440 500/500", "440 250/250");
        Add("gb", "350+440", "400+450 400/200/400/2000", "400 375/375", "400 400/350/225/525", "950 330/15 1400 330/15 1800 330/1000");
        Add("in", "400*25", "400*25 400/200/400/2000", "400 750/750", "400 250/250");
        Add("it", "425 200/200/600/1000", "425 1000/4000", "425 500/500", "425 200/200");
        Add("jp", "400", "400*16 1000/2000", "400 500/500", "400 500/500");
        Add("nl", "425", "425 1000/4000", "425 500/500", "425 250/250");
        Add("no", "425", "425 1000/4000", "425 500/500", "425 200/200");
        Add("nz", "400", "400+450 400/200/400/2000", "400 500/500", "400 250/250", "400 75/100/75/100/75/100/75/400");
        Add("pl", "425", "425 1000/4000", "425 500/500", "425 500/500");
        Add("se", "425", "425 1000/5000", "425 250/250", "425 250/750", "950 332/24 1400 332/24 1800 332/2024");
        Add("us", "350+440", "440+480 2000/4000 @-16", "480+620 500/500 @-21", "480+620 250/250 @-21");
        Add("za", "400*33", "400*33 400/200/400/2000", "400 500/500", "400 250/250", "950 330/0 1400 330/0 1800 330/330");
        Table["uk"] = Table["gb"];
    }

    private CountryTones(string country, params string[] notations)
    {
        Country = country;
        _signals = [.. notations.Select(ToneSignal.Parse)];
    }

    /// <summary>The country, as ISO 3166 has it in two small letters.</summary>
    public string Country { get; }

    /// <summary>A tone.</summary>
    public ToneSignal this[CallTone tone] => _signals[(int)tone];

    /// <summary>The countries that are known, and <see cref="AnyCountry"/>.</summary>
    public static IReadOnlyCollection<string> Countries => Table.Keys;

    /// <summary>The tones of no country in particular.</summary>
    public static CountryTones Default => Table[AnyCountry];

    /// <summary>The tones of a country, named by its two letters; <c>uk</c> is understood too.</summary>
    public static bool TryFind(string country, [NotNullWhen(true)] out CountryTones? tones) => Table.TryGetValue(country, out tones);

    private static void Add(
        string country, string dial, string ringing, string busy, string congestion, string information = Information, string record = Record) =>
        Table.Add(country, new CountryTones(country, dial, ringing, busy, congestion, information, record));
}
