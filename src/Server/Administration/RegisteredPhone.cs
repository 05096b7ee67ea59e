namespace UnifiedMsg.Server.Administration;

/// <summary>A phone that is registered with this server.</summary>
/// <param name="Contact">The URI that it is called by.</param>
/// <param name="Source">Where it registered from.</param>
/// <param name="Expires">When that ends unless it registers again.</param>
/// <param name="UserAgent">What it calls itself, or null.</param>
public sealed record RegisteredPhone(string Contact, string Source, DateTimeOffset Expires, string? UserAgent);
