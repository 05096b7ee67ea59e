using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store.Tests;

/// <summary>Whatever reaches the disk. A change here is a change of everybody's data and needs a migration.</summary>
public sealed class PersistedValueTests
{
    [Fact]
    public void Enums_keep_their_numbers()
    {
        Assert.Equal("Mail=0 VoiceMail=1 MissedCall=2", Values<ItemKind>());
        Assert.Equal("None=0 Seen=1 Answered=2 Flagged=4 Deleted=8 Draft=16", Values<ItemFlags>());
        Assert.Equal("None=0 Inbox=1 Drafts=2 Sent=3 Trash=4 Junk=5 Archive=6", Values<SpecialUse>());
        Assert.Equal("Anyone=0 Account=1 Group=2", Values<AclKind>());
        Assert.Equal(
            "None=0 Lookup=1 Read=2 Seen=4 Write=8 Insert=16 Post=32 CreateChild=64 DeleteFolder=128 DeleteItems=256 Expunge=512 "
            + "Administer=1024 All=2047",
            Values<FolderRights>());
        Assert.Equal("Database=0 Blob=1", Values<ContentPlace>());
        Assert.Equal("AsIs=0 Zstd=1 Frames=2", Values<ContentForm>());
    }

    [Fact]
    public void Released_steps_of_the_schema_never_change()
    {
        Assert.Equal("store", StoreSchema.Migrations.Component);
        Assert.Equal(
            [(1, "folders, items, contents, tombstones"), (2, "what accounts use and may"), (3, "threads and ids of content"), (4, "sharing of folders"),
                (5, "gaps between UIDs"), (6, "compressed and encrypted contents"), (7, "items of a folder by content"), (8, "what was imported"),
                (9, "deleted items stay for a time")],
            StoreSchema.Migrations.Steps.Select(step => (step.Number, step.Name)));
    }

    private static string Values<T>() where T : struct, Enum =>
        string.Join(' ', Enum.GetValues<T>().Select(value => $"{value}={Convert.ToInt32(value)}"));
}
