using System.Text;

namespace UnifiedMsg.Store;

/// <summary>What somebody may do with a folder. RFC 4314 §2.1. Stored as their bits: never renumber.</summary>
[Flags]
public enum FolderRights
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>l</c>: see it in lists, subscribe to it.</summary>
    Lookup = 1,

    /// <summary><c>r</c>: open and read it.</summary>
    Read = 2,

    /// <summary><c>s</c>: keep <c>\Seen</c>, each person's own.</summary>
    Seen = 4,

    /// <summary><c>w</c>: change flags other than <c>\Seen</c> and <c>\Deleted</c>, and keywords.</summary>
    Write = 8,

    /// <summary><c>i</c>: put items into it.</summary>
    Insert = 16,

    /// <summary><c>p</c>: send mail to it.</summary>
    Post = 32,

    /// <summary><c>k</c>: make folders below it.</summary>
    CreateChild = 64,

    /// <summary><c>x</c>: delete or rename it.</summary>
    DeleteFolder = 128,

    /// <summary><c>t</c>: change <c>\Deleted</c>.</summary>
    DeleteItems = 256,

    /// <summary><c>e</c>: expunge.</summary>
    Expunge = 512,

    /// <summary><c>a</c>: change the rights.</summary>
    Administer = 1024,

    /// <summary>All of them, which the owner always has.</summary>
    All = 2047,
}

/// <summary>Rights as letters. RFC 4314 §2.</summary>
public static class RightsText
{
    // RFC 4314 §2.1.1: c and d are what older clients say and look for; they stand for what they once allowed.
    private const FolderRights Create = FolderRights.CreateChild | FolderRights.DeleteFolder;
    private const FolderRights Delete = FolderRights.DeleteItems | FolderRights.Expunge;

    private const string Letters = "lrswipkxtea"; // In the order of the bits.

    /// <summary>The letters of some rights.</summary>
    public static string Format(FolderRights rights)
    {
        var text = new StringBuilder(Letters.Length);
        for (int i = 0; i < Letters.Length; i++)
        {
            if (((int)rights & (1 << i)) != 0)
                text.Append(Letters[i]);
        }
        return text.ToString();
    }

    /// <summary>The letters of some rights with the older ones that clients may look for.</summary>
    public static string FormatWithOlder(FolderRights rights) =>
        Format(rights) + ((rights & Create) != 0 ? "c" : "") + ((rights & Delete) != 0 ? "d" : "");

    /// <summary>The rights of some letters; false when there is another letter among them.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out FolderRights rights)
    {
        rights = FolderRights.None;
        foreach (char letter in text)
        {
            FolderRights? meant = letter switch
            {
                'c' => Create,
                'd' => Delete,
                _ when Letters.IndexOf(letter) is var index and >= 0 => (FolderRights)(1 << index),
                _ => null,
            };
            if (meant is null)
                return false;
            rights |= meant.Value;
        }
        return true;
    }
}
