namespace UnifiedMsg.Access.Imap.Session;

/// <summary>What the server says that it can do. RFC 9051 §6.1.1.</summary>
internal static class Capabilities
{
    private const string LoggedIn =
        "IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE IDLE NAMESPACE CHILDREN UIDPLUS UNSELECT MOVE SPECIAL-USE LIST-EXTENDED LIST-STATUS "
        + "STATUS=SIZE ESEARCH SEARCHRES WITHIN CONDSTORE QRESYNC UTF8=ACCEPT BINARY PREVIEW OBJECTID CREATE-SPECIAL-USE "
        + "ACL RIGHTS=kxte QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE";

    /// <summary>The list for the state that the session is in.</summary>
    public static string For(ImapSession session)
    {
        if (session.Account is not null) return $"{LoggedIn} APPENDLIMIT={session.Options.MaxMessageSize}";
        var list = "IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE SASL-IR AUTH=SCRAM-SHA-256";
        list += session.PlainLoginAllowed ? " AUTH=PLAIN" : " LOGINDISABLED";
        return session.Connection.CanStartTls ? list + " STARTTLS" : list;
    }
}
