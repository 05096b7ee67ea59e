using System.Collections.Frozen;
using UnifiedMsg.Access.Imap.Commands;
using static UnifiedMsg.Access.Imap.Session.SessionStates;

namespace UnifiedMsg.Access.Imap.Session;

/// <summary>Every command that the server knows.</summary>
internal static class CommandTable
{
    private static readonly CommandEntry[] Entries =
    [
        new("CAPABILITY", Any, CapabilityCommand.RunAsync, "RFC 9051 §6.1.1"),
        new("NOOP", Any, NoopCommand.RunAsync, "RFC 9051 §6.1.2"),
        new("LOGOUT", Any, LogoutCommand.RunAsync, "RFC 9051 §6.1.3"),
        new("ID", Any, IdCommand.RunAsync, "RFC 2971 §3.1"),
        new("STARTTLS", NotAuthenticated, StartTlsCommand.RunAsync, "RFC 9051 §6.2.1"),
        new("AUTHENTICATE", NotAuthenticated, AuthenticateCommand.RunAsync, "RFC 9051 §6.2.2"),
        new("LOGIN", NotAuthenticated, LoginCommand.RunAsync, "RFC 9051 §6.2.3"),
        new("ENABLE", LoggedIn, EnableCommand.RunAsync, "RFC 9051 §6.3.1"),
        new("SELECT", LoggedIn, SelectCommand.SelectAsync, "RFC 9051 §6.3.2"),
        new("EXAMINE", LoggedIn, SelectCommand.ExamineAsync, "RFC 9051 §6.3.3"),
        new("CREATE", LoggedIn, CreateCommand.RunAsync, "RFC 9051 §6.3.4"),
        new("DELETE", LoggedIn, DeleteCommand.RunAsync, "RFC 9051 §6.3.5"),
        new("RENAME", LoggedIn, RenameCommand.RunAsync, "RFC 9051 §6.3.6"),
        new("SUBSCRIBE", LoggedIn, SubscribeCommand.SubscribeAsync, "RFC 9051 §6.3.7"),
        new("UNSUBSCRIBE", LoggedIn, SubscribeCommand.UnsubscribeAsync, "RFC 9051 §6.3.8"),
        new("LIST", LoggedIn, ListCommand.RunAsync, "RFC 9051 §6.3.9"),
        new("LSUB", LoggedIn, LsubCommand.RunAsync, "RFC 3501 §6.3.9"),
        new("NAMESPACE", LoggedIn, NamespaceCommand.RunAsync, "RFC 9051 §6.3.10"),
        new("STATUS", LoggedIn, StatusCommand.RunAsync, "RFC 9051 §6.3.11"),
        new("GETACL", LoggedIn, AclCommand.GetAclAsync, "RFC 4314 §3.3"),
        new("SETACL", LoggedIn, AclCommand.SetAclAsync, "RFC 4314 §3.1"),
        new("DELETEACL", LoggedIn, AclCommand.DeleteAclAsync, "RFC 4314 §3.2"),
        new("LISTRIGHTS", LoggedIn, RightsCommand.ListRightsAsync, "RFC 4314 §3.4"),
        new("MYRIGHTS", LoggedIn, RightsCommand.MyRightsAsync, "RFC 4314 §3.5"),
        new("GETQUOTA", LoggedIn, QuotaCommand.GetQuotaAsync, "RFC 9208 §4.1.2"),
        new("GETQUOTAROOT", LoggedIn, QuotaCommand.GetQuotaRootAsync, "RFC 9208 §4.1.3"),
        new("APPEND", LoggedIn, AppendCommand.RunAsync, "RFC 9051 §6.3.12"),
        new("IDLE", LoggedIn, IdleCommand.RunAsync, "RFC 9051 §6.3.13"),
        new("CHECK", Selected, NoopCommand.RunAsync, "RFC 3501 §6.4.1"),
        new("CLOSE", Selected, CloseCommand.CloseAsync, "RFC 9051 §6.4.1"),
        new("UNSELECT", Selected, CloseCommand.UnselectAsync, "RFC 9051 §6.4.2"),
        new("EXPUNGE", Selected, ExpungeCommand.RunAsync, "RFC 9051 §6.4.3"),
        new("UID EXPUNGE", Selected, ExpungeCommand.RunAsync, "RFC 9051 §6.4.9"),
        new("SEARCH", Selected, SearchCommand.RunAsync, "RFC 9051 §6.4.4", MayExpunge: false),
        new("UID SEARCH", Selected, SearchCommand.RunAsync, "RFC 9051 §6.4.9"),
        new("FETCH", Selected, FetchCommand.RunAsync, "RFC 9051 §6.4.5", MayExpunge: false),
        new("UID FETCH", Selected, FetchCommand.RunAsync, "RFC 9051 §6.4.9"),
        new("STORE", Selected, StoreCommand.RunAsync, "RFC 9051 §6.4.6", MayExpunge: false),
        new("UID STORE", Selected, StoreCommand.RunAsync, "RFC 9051 §6.4.9"),
        new("COPY", Selected, CopyCommand.CopyAsync, "RFC 9051 §6.4.7"),
        new("UID COPY", Selected, CopyCommand.CopyAsync, "RFC 9051 §6.4.9"),
        new("MOVE", Selected, CopyCommand.MoveAsync, "RFC 9051 §6.4.8"),
        new("UID MOVE", Selected, CopyCommand.MoveAsync, "RFC 9051 §6.4.9"),
    ];

    private static readonly FrozenDictionary<string, CommandEntry> ByName = Entries.ToFrozenDictionary(e => e.Name);

    /// <summary>The row of a command, or null.</summary>
    public static CommandEntry? Find(string name) => ByName.GetValueOrDefault(name);
}
