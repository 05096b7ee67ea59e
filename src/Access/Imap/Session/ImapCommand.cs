using UnifiedMsg.Access.Imap.Wire;

namespace UnifiedMsg.Access.Imap.Session;

/// <summary>A command as it came.</summary>
/// <param name="Tag">The client's tag.</param>
/// <param name="Entry">Its row in the table.</param>
/// <param name="Arguments">What follows the name, from the space on.</param>
/// <param name="Message">Of APPEND: the literal that is still on the wire.</param>
internal sealed record ImapCommand(string Tag, CommandEntry Entry, WireReader Arguments, LiteralMark? Message)
{
    /// <summary>Whether it is the UID form.</summary>
    public bool ByUid => Entry.Name.StartsWith("UID ", StringComparison.Ordinal);

    /// <summary>The reply to wrong arguments.</summary>
    public Reply Wrong() => Reply.Bad(Arguments.Error);
}

/// <summary>Runs a command; what it throws is mapped by the session.</summary>
internal delegate ValueTask<Reply> CommandHandler(ImapSession session, ImapCommand command, CancellationToken cancellationToken);

/// <summary>In which states a command is allowed. RFC 9051 §3.</summary>
[Flags]
internal enum SessionStates
{
    NotAuthenticated = 1,
    Authenticated = 2,
    Selected = 4,
    LoggedIn = Authenticated | Selected,
    Any = NotAuthenticated | LoggedIn,
}

/// <summary>One row of the command table.</summary>
/// <param name="Name">In capitals.</param>
/// <param name="States">Where it is allowed.</param>
/// <param name="Handler">What it does.</param>
/// <param name="Place">Where it is defined.</param>
/// <param name="MayExpunge">Whether EXPUNGE may be told before its reply: not with message numbers under way (RFC 9051 §7.5.1).</param>
internal sealed record CommandEntry(string Name, SessionStates States, CommandHandler Handler, string Place, bool MayExpunge = true);
