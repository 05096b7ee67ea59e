namespace UnifiedMsg.Server.Administration;

/// <summary>A folder for all.</summary>
/// <param name="Path">Its path; mail clients see it below <c>Shared/</c>.</param>
/// <param name="Messages">Messages in it.</param>
/// <param name="Size">Their octets.</param>
/// <param name="Rights">Who may do what.</param>
public sealed record PublicFolder(string Path, int Messages, long Size, IReadOnlyList<PublicRights> Rights);

/// <summary>What somebody may do with a public folder.</summary>
/// <param name="For">An address of a person or a group, or <c>anyone</c>; with a minus before it the rights are taken away.</param>
/// <param name="Rights">Letters of RFC 4314 §2.1.</param>
public sealed record PublicRights(string For, string Rights);
