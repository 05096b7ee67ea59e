using System.Security.Cryptography;
using System.Text;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store.Tests.Contents;

/// <summary>Keys whose octets follow from their ids; the first is the one of new contents.</summary>
internal static class TestKeys
{
    public static ContentKeys Of(params string[] ids) => ContentKeys.Parse("test", Encoding.ASCII.GetBytes(Text(ids)));

    public static string Text(params string[] ids) => string.Join('\n', ids.Select(Line));

    public static string Line(string id) => $"{id} {Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes("test key " + id)))}";
}
