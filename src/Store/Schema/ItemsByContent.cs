namespace UnifiedMsg.Store.Schema;

/// <summary>The search index knows contents; this is the way from them to the items of a folder, and to those that are not indexed yet.</summary>
internal static class ItemsByContent
{
    public const string Name = "items of a folder by content";

    public const string Sql = "CREATE INDEX store_items_by_content ON store_items(folder_id, content_id)";
}
