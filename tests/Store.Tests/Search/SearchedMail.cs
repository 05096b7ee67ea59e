using System.Text;
using UnifiedMsg.Store.Search;

namespace UnifiedMsg.Store.Tests.Search;

/// <summary>Mail that is searched for in these tests.</summary>
internal static class SearchedMail
{
    public static byte[] Message(string subject, string body) =>
        Encoding.UTF8.GetBytes($"Subject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}");

    public static async Task<IReadOnlyList<uint>> FindAsync(TestStore test, Folder folder, string text) =>
        await test.Store.SearchAsync(folder.Id, new TextQuery(SearchField.Text, text));

    /// <summary>Removes items, and their contents from the disk too.</summary>
    public static async Task RemoveAsync(TestStore test, Folder folder, uint[] uids)
    {
        await test.Store.ChangeFlagsAsync(folder.Id, uids, new FlagChange(FlagMode.Add, ItemFlags.Deleted));
        await test.Store.ExpungeAsync(folder.Id);
        test.Time.Advance(TimeSpan.FromHours(2));
        await test.Store.MaintainAsync();
    }
}
