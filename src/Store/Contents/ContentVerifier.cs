using System.Security.Cryptography;

namespace UnifiedMsg.Store.Contents;

/// <summary>What is wrong with a content.</summary>
/// <param name="Problem">For people, as the end of a sentence.</param>
/// <param name="IsLost">Whether it is gone or damaged for good, and not only out of reach for now.</param>
internal sealed record ContentFault(string Problem, bool IsLost);

/// <summary>Reads a whole content and compares it with its name.</summary>
internal sealed class ContentVerifier(BlobArea blobs, KeyRing keys)
{
    /// <summary>What is wrong with a content, or null. Octets that the database lost are a broken rule between the rows and not told here.</summary>
    public async Task<ContentFault?> VerifyAsync(StoredContent content, CancellationToken cancellationToken)
    {
        try
        {
            string? problem = content.Place == ContentPlace.Blob ? await VerifyBlobAsync(content, cancellationToken) : VerifyOctets(content);
            return problem is null ? null : new ContentFault(problem, IsLost: true);
        }
        catch (MissingContentException)
        {
            string name = Convert.ToHexStringLower(content.Hash);
            return new ContentFault($"its file is missing: {name[..2]}/{name}", IsLost: true);
        }
        catch (DamagedContentException damaged)
        {
            return new ContentFault(damaged.Problem, IsLost: true);
        }
        catch (ContentException fault)
        {
            return new ContentFault(fault.Message, IsLost: false);
        }
    }

    private string? VerifyOctets(StoredContent content) =>
        content.Octets is null || keys.IsName(content.Hash, SHA256.HashData(
            new PackedBody(content.Octets, content.Form).Unpack(content.Hash, content.Size, keys.Of(content.KeyNumber))))
            ? null
            : "its octets have another hash";

    private async Task<string?> VerifyBlobAsync(StoredContent content, CancellationToken cancellationToken)
    {
        Stream stream = blobs.OpenRead(content);
        await using (stream)
        {
            byte[] found = await SHA256.HashDataAsync(stream, cancellationToken);
            return keys.IsName(content.Hash, found) ? null : "its file has another hash";
        }
    }
}
