using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace UnifiedMsg.KeptStores;

/// <summary>What a server tells of its store: over IMAP to each person, and on the command line. Null is what that version does not tell.</summary>
/// <param name="Written">When.</param>
/// <param name="Schemas">The versions of the components' schemas, as the database has them.</param>
/// <param name="People">Each person with all folders that the person sees.</param>
/// <param name="Groups">As <c>group list</c> tells.</param>
/// <param name="Queue">As <c>queue list</c> tells, but for the attempts.</param>
/// <param name="PublicFolders">As <c>public list</c> tells.</param>
public sealed record Manifest(
    DateTimeOffset Written, SortedDictionary<string, int> Schemas, IReadOnlyList<ManifestPerson> People, JsonNode? Groups, JsonNode? Queue,
    JsonNode? PublicFolders)
{
    // One line for each item, so that a difference is seen in a review.
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads one that was written.</summary>
    public static Manifest Parse(string text) => JsonSerializer.Deserialize<Manifest>(text, Format)!;

    /// <summary>What <paramref name="now"/> tells otherwise, each with its place. What this one does not tell of may be anything.</summary>
    public IEnumerable<string> DifferencesTo(Manifest now) => Differences(
        JsonSerializer.SerializeToNode(this with { Written = now.Written, Schemas = [] }, Format), JsonSerializer.SerializeToNode(now, Format), "");

    /// <inheritdoc/>
    public override string ToString() =>
        JsonSerializer.Serialize(this, Format).Replace("{\"path\"", "\n  {\"path\"").Replace("{\"uid\"", "\n    {\"uid\"") + "\n";

    private static IEnumerable<string> Differences(JsonNode? kept, JsonNode? now, string place)
    {
        switch (kept, now)
        {
            case (null, _):
                return [];
            case (JsonObject was, JsonObject @is):
                return was.SelectMany(each => Differences(each.Value, @is[each.Key], $"{place}/{each.Key}"));
            case (JsonArray was, JsonArray @is) when was.Count == @is.Count:
                return was.SelectMany((each, i) => Differences(each, @is[i], $"{place}/{i}"));
            default:
                return JsonNode.DeepEquals(kept, now) ? [] : [$"{place}: was {kept.ToJsonString(Format)}, is {now?.ToJsonString(Format)}"];
        }
    }
}

/// <summary>A person and what a mail client of hers sees.</summary>
/// <param name="Address">The address.</param>
/// <param name="Account">As <c>user show</c> tells, but for phones that are registered.</param>
/// <param name="Deleted">As <c>store deleted</c> tells.</param>
/// <param name="Folders">Her own, those of others and the public ones.</param>
public sealed record ManifestPerson(string Address, JsonNode? Account, JsonNode? Deleted, IReadOnlyList<ManifestFolder> Folders);

/// <summary>A folder, as IMAP tells.</summary>
/// <param name="Path">With its namespace.</param>
/// <param name="Attributes">Special uses.</param>
/// <param name="IsSubscribed">Whether the person subscribed to it.</param>
/// <param name="UidValidity">UIDVALIDITY.</param>
/// <param name="UidNext">UIDNEXT.</param>
/// <param name="HighestModSeq">HIGHESTMODSEQ.</param>
/// <param name="Id">MAILBOXID.</param>
/// <param name="Items">The messages.</param>
public sealed record ManifestFolder(
    string Path, string Attributes, bool IsSubscribed, uint UidValidity, uint UidNext, ulong? HighestModSeq, string? Id, IReadOnlyList<ManifestItem> Items);

/// <summary>A message, as IMAP tells.</summary>
/// <param name="Uid">UID.</param>
/// <param name="Flags">System flags.</param>
/// <param name="Keywords">Keywords.</param>
/// <param name="Received">INTERNALDATE in seconds of Unix.</param>
/// <param name="ModSeq">MODSEQ.</param>
/// <param name="EmailId">EMAILID.</param>
/// <param name="ThreadId">THREADID.</param>
/// <param name="Size">Octets.</param>
/// <param name="Content">SHA-256 of the octets of <c>BODY[]</c>.</param>
/// <param name="Context">The header field Message-Context, by which voice mail is known.</param>
public sealed record ManifestItem(
    uint Uid, string Flags, string Keywords, long Received, ulong? ModSeq, string? EmailId, string? ThreadId, long Size, string Content, string? Context);
