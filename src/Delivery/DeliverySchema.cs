using UnifiedMsg.Database;

namespace UnifiedMsg.Delivery;

/// <summary>The tables of the queue.</summary>
public static class DeliverySchema
{
    /// <summary>All steps so far. A step that was released is never changed.</summary>
    public static MigrationSet Migrations { get; } = new("delivery",
    [
        new Migration(1, "queue of messages for other servers", """
            CREATE TABLE delivery_message (
                queue_id TEXT NOT NULL PRIMARY KEY,
                sender   TEXT NOT NULL,
                item_id  BIGINT NOT NULL,
                item_uid BIGINT NOT NULL,
                size     BIGINT NOT NULL,
                created  BIGINT NOT NULL
            );
            CREATE TABLE delivery_recipient (
                queue_id    TEXT NOT NULL REFERENCES delivery_message (queue_id),
                recipient   TEXT NOT NULL,
                domain      TEXT NOT NULL,
                attempts    BIGINT NOT NULL,
                due         BIGINT NOT NULL,
                claimed_by  TEXT,
                last_status TEXT,
                PRIMARY KEY (queue_id, recipient)
            );
            CREATE INDEX delivery_recipient_due ON delivery_recipient (due);
            """),
    ]);
}
