using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;

namespace UnifiedMsg.Sip.Identity;

/// <summary>The numbers for which a certificate may sign: its TNAuthList extension (RFC 8226 §9).</summary>
public sealed class TnAuthorization
{
    /// <summary>The extension's object identifier.</summary>
    public const string Oid = "1.3.6.1.5.5.7.1.26";

    /// <summary>Entries of one certificate. Providers have one code; a customer's certificate names his few numbers.</summary>
    private const int MaxEntries = 1_000;

    private readonly List<(BigInteger First, BigInteger Last, int Digits)> _ranges = [];
    private readonly List<string> _providers = [];

    private TnAuthorization()
    {
    }

    /// <summary>Service provider codes: the certificate signs for whatever numbers that provider has, which nothing here can look up.</summary>
    public IReadOnlyList<string> Providers => _providers;

    /// <summary>Reads the extension's value; null when it is malformed or empty.</summary>
    public static TnAuthorization? Parse(ReadOnlyMemory<byte> der)
    {
        var list = new TnAuthorization();
        try
        {
            var reader = new AsnReader(der, AsnEncodingRules.DER);
            var entries = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            for (var count = 0; entries.HasData; count++)
            {
                if (count == MaxEntries || !list.TryRead(entries))
                    return null;
            }
        }
        catch (AsnContentException)
        {
            return null;
        }
        return list._ranges.Count + list._providers.Count > 0 ? list : null;
    }

    /// <summary>Whether it may sign for this number, digits only.</summary>
    public bool Covers(string number) => _providers.Count > 0
        || (BigInteger.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && _ranges.Exists(r => r.Digits == number.Length && value >= r.First && value <= r.Last));

    // TNEntry ::= CHOICE { spc [0] IA5String, range [1] SEQUENCE { start, count INTEGER (2..MAX) }, one [2] TelephoneNumber }, tags explicit.
    private bool TryRead(AsnReader entries)
    {
        var tag = entries.PeekTag();
        if (tag.TagClass != TagClass.ContextSpecific)
            return false;
        var entry = entries.ReadSequence(tag);
        switch (tag.TagValue)
        {
            case 0:
                _providers.Add(entry.ReadCharacterString(UniversalTagNumber.IA5String));
                break;
            case 1:
                var range = entry.ReadSequence();
                var start = range.ReadCharacterString(UniversalTagNumber.IA5String);
                if (!TryAdd(start, range.ReadInteger()))
                    return false;
                range.ThrowIfNotEmpty();
                break;
            case 2:
                if (!TryAdd(entry.ReadCharacterString(UniversalTagNumber.IA5String), BigInteger.One))
                    return false;
                break;
            default:
                return false;
        }
        entry.ThrowIfNotEmpty();
        return true;
    }

    private bool TryAdd(string start, BigInteger count)
    {
        if (start.Length is 0 or > 15 || count < 1 || !BigInteger.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var first))
            return false;
        _ranges.Add((first, first + count - 1, start.Length));
        return true;
    }
}
