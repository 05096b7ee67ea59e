namespace UnifiedMsg.Store.Contents;

/// <summary>A content of which a piece can be verified before any of it is given away. Streams of <see cref="IStore.OpenContentAsync"/> that read
/// from the disk are that; those that are not can't fail.</summary>
public interface IVerifiedContent
{
    /// <summary>Reads a piece and throws when it can't be read or is not what was written. Costs a tenth of reading it: nothing is decompressed.</summary>
    /// <param name="offset">The first octet.</param>
    /// <param name="count">How many; what lies past the end does not count.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ContentException">It is damaged.</exception>
    ValueTask VerifyAsync(long offset, long count, CancellationToken cancellationToken = default);
}
