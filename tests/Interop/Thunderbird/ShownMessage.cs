namespace UnifiedMsg.Interop.Thunderbird;

/// <summary>An attachment that Thunderbird shows.</summary>
internal sealed record ShownAttachment(string Name, string Type, byte[] Content);

/// <summary>A message that Thunderbird shows.</summary>
internal sealed record ShownMessage(string Text, ShownAttachment[] Attachments);
