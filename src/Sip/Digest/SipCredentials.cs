namespace UnifiedMsg.Sip.Digest;

/// <summary>Name and password for digest authentication. The text form hides the password.</summary>
/// <param name="UserName">The authentication name.</param>
/// <param name="Password">The password.</param>
/// <param name="Realm">Only for this realm; null for any.</param>
public sealed record SipCredentials(string UserName, string Password, string? Realm = null)
{
    /// <inheritdoc/>
    public override string ToString() => $"{UserName} in {Realm ?? "any realm"}";
}
