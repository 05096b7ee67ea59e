using UnifiedMsg.Database;

namespace UnifiedMsg.Server.Phones;

/// <summary>The table of registered phones.</summary>
internal static class PhoneSchema
{
    /// <summary>All steps of the component <c>phones</c>.</summary>
    public static MigrationSet Migrations { get; } = new("phones",
    [
        new Migration(1, "registered phones", """
            CREATE TABLE phones(
              address TEXT NOT NULL,
              contact TEXT NOT NULL,
              call_id TEXT NOT NULL,
              sequence INTEGER NOT NULL,
              expires INTEGER NOT NULL,
              preference REAL NOT NULL,
              instance TEXT,
              registration_id INTEGER NOT NULL,
              path TEXT NOT NULL,
              transport TEXT NOT NULL,
              source TEXT NOT NULL,
              is_direct INTEGER NOT NULL,
              user_agent TEXT,
              PRIMARY KEY(address, contact)) WITHOUT ROWID;
            """),
    ]);
}
