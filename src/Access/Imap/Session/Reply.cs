using UnifiedMsg.Store;

namespace UnifiedMsg.Access.Imap.Session;

/// <summary>How a command ended.</summary>
internal enum ReplyKind
{
    /// <summary>Done.</summary>
    Ok,

    /// <summary>Refused: the command was right, but it can't be done.</summary>
    No,

    /// <summary>The command was wrong.</summary>
    Bad,
}

/// <summary>The tagged reply to a command. RFC 9051 §7.1.</summary>
/// <param name="Kind">How it ended.</param>
/// <param name="Text">For people.</param>
/// <param name="Code">The response code without brackets, or null.</param>
/// <param name="Close">Whether the connection ends after it.</param>
internal readonly record struct Reply(ReplyKind Kind, string Text, string? Code = null, bool Close = false)
{
    public static Reply Ok(string text, string? code = null) => new(ReplyKind.Ok, text, code);

    public static Reply No(string text, string? code = null) => new(ReplyKind.No, text, code);

    public static Reply Bad(string text, string? code = null) => new(ReplyKind.Bad, text, code);

    /// <summary>The reply was given already.</summary>
    public static readonly Reply Silent = new(ReplyKind.Ok, "");

    /// <summary>The one place where refusals of the store become replies. RFC 5530, RFC 9051 §7.1.</summary>
    public static Reply From(StoreException refusal) => refusal.Error switch
    {
        StoreError.NoSuchFolder => No("No such mailbox", "NONEXISTENT"),
        StoreError.FolderExists => No("The mailbox exists already", "ALREADYEXISTS"),
        StoreError.InvalidFolder => No(refusal.Message, "CANNOT"),
        StoreError.NotPermitted => No(refusal.Message, "NOPERM"),
        StoreError.UseTaken => No(refusal.Message, "USEATTR"),
        StoreError.OverQuota => No("The mailbox is full", "OVERQUOTA"),
        StoreError.TooLarge => No("The message is too large", "TOOBIG"),
        _ => No(refusal.Message),
    };
}
