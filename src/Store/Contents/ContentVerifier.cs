using System.Security.Cryptography;

namespace UnifiedMsg.Store.Contents;

/// <summary>Reads a whole content and compares it with its name.</summary>
internal sealed class ContentVerifier(BlobArea blobs, KeyRing keys)
{
    /// <summary>What is wrong with a content, or null. Octets that the database lost are a broken rule between the rows and not told here.</summary>
    public async Task<string?> VerifyAsync(StoredContent content, CancellationToken cancellationToken)
    {
        try
        {
            return content.Place == ContentPlace.Blob ? await VerifyBlobAsync(content, cancellationToken) : VerifyOctets(content);
        }
        catch (MissingContentException)
        {
            return "its file is missing";
        }
        catch (DamagedContentException damaged)
        {
            return damaged.Problem;
        }
        catch (ContentException fault)
        {
            return fault.Message;
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
