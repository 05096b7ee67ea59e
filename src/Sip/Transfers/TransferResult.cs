namespace UnifiedMsg.Sip.Transfers;

/// <summary>What became of a transfer that we asked for.</summary>
/// <param name="Status">
/// The final status of the new call, as the other side told it (RFC 3515 §2.4.5); the status of the REFER when that was refused; below
/// 200, or 202, when nothing more was told before the call or the telling ended.
/// </param>
/// <param name="Reason">The reason phrase.</param>
public sealed record TransferResult(int Status, string Reason)
{
    /// <summary>Whether the target has taken the call.</summary>
    public bool Succeeded => Status is >= 200 and < 300 and not 202;
}
