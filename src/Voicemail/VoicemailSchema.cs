using UnifiedMsg.Database;

namespace UnifiedMsg.Voicemail;

/// <summary>The tables of voice mail.</summary>
public static class VoicemailSchema
{
    /// <summary>All steps, forward only.</summary>
    public static MigrationSet Migrations { get; } = new("voicemail",
    [
        // A row commits together with the message it names. A call that is still in the spool after a crash was delivered
        // if it has one, and is not delivered again.
        new Migration(1, "calls whose message is delivered", """
            CREATE TABLE voicemail_delivered (
                call_id TEXT NOT NULL PRIMARY KEY
            );
            """),
        // Several servers may share the database, each with a spool of its own.
        new Migration(2, "whose spool the call is in", """
            ALTER TABLE voicemail_delivered ADD COLUMN node TEXT NOT NULL DEFAULT 'main';
            """),
    ]);
}
