using System.Text;
using UnifiedMsg.Store.Contents;

namespace UnifiedMsg.Store.Tests.Contents;

public sealed class ContentKeysTests
{
    private const string Octets = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    [Theory]
    [InlineData("a " + Octets, "a", "a")]
    [InlineData("a " + Octets + "\nb\t " + Octets + "\r\n\n", "a", "a b")]
    [InlineData("# old\na " + Octets + "\n* b " + Octets, "b", "a b")]
    [InlineData("*2026-01.x_y " + Octets, "2026-01.x_y", "2026-01.x_y")]
    public void Lines_are_keys(string text, string current, string all)
    {
        using ContentKeys keys = ContentKeys.Parse("test", Encoding.ASCII.GetBytes(text));
        Assert.Equal((current, all), (keys.Current.Id, string.Join(' ', keys.All.Select(key => key.Id))));
    }

    [Theory]
    [InlineData("", "there is no key")]
    [InlineData("# only a comment\n", "there is no key")]
    [InlineData(Octets, "line 1: expected an id")]
    [InlineData("a AAEC", "line 1: expected an id")]
    [InlineData("a " + Octets + "AAAA", "line 1: expected an id")]
    [InlineData("a " + Octets + " x", "line 1: expected an id")]
    [InlineData("a/b " + Octets, "line 1: expected an id")]
    [InlineData("12345678901234567890123456789012 " + Octets, "line 1: expected an id")]
    [InlineData("a " + Octets + "\na " + Octets, "line 2: the key 'a' is there already")]
    [InlineData("*a " + Octets + "\n*b " + Octets, "line 2: two keys are marked")]
    public void What_is_malformed_is_told_without_the_octets(string text, string told)
    {
        string message = Assert.Throws<ContentKeyException>(() => ContentKeys.Parse("the file", Encoding.ASCII.GetBytes(text))).Message;
        Assert.Contains("the file", message);
        Assert.Contains(told, message);
        Assert.DoesNotContain(Octets, message);
    }

    [Fact]
    public void A_file_that_others_can_read_is_refused()
    {
        string path = Path.Combine(System.IO.Directory.CreateTempSubdirectory("unifiedmsg-test-").FullName, "keys");
        File.WriteAllText(path, "a " + Octets);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            Assert.Contains("chmod 600", Assert.Throws<ContentKeyException>(() => ContentKeys.ReadFile(path)).Message);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        using (ContentKeys keys = ContentKeys.ReadFile(path))
            Assert.Equal("a", keys.Current.Id);
        Assert.Contains("can't be read", Assert.Throws<ContentKeyException>(() => ContentKeys.ReadFile(path + "x")).Message);
        System.IO.Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void A_variable_may_have_all_in_one_line()
    {
        string name = $"TEST_KEYS_{Guid.NewGuid():N}";
        Assert.Contains(name, Assert.Throws<ContentKeyException>(() => ContentKeys.ReadVariable(name)).Message);
        Environment.SetEnvironmentVariable(name, $"a {Octets}; *b {Octets}");
        using ContentKeys keys = ContentKeys.ReadVariable(name);
        Assert.Equal("b", keys.Current.Id);
        Environment.SetEnvironmentVariable(name, null);
    }

    [Fact]
    public void A_key_that_was_cleared_encrypts_nothing()
    {
        ContentKeys keys = TestKeys.Of("a");
        byte[] name = new byte[32];
        byte[] stored = RowSeal.Seal(keys.Current, SealedPart.Body, name, "text"u8);
        Assert.Equal("text"u8.ToArray(), RowSeal.Open(keys.Current, SealedPart.Body, name, stored));
        Assert.Null(RowSeal.Open(keys.Current, SealedPart.Summary, name, stored));
        Assert.Null(RowSeal.Open(keys.Current, SealedPart.Body, [.. name.Select(_ => (byte)1)], stored));
        for (int at = 0; at < stored.Length; at++)
        {
            byte[] changed = [.. stored];
            changed[at] ^= 1;
            Assert.Null(RowSeal.Open(keys.Current, SealedPart.Body, name, changed));
            Assert.Null(RowSeal.Open(keys.Current, SealedPart.Body, name, stored.AsSpan(0, at)));
        }
        keys.Dispose();
        Assert.Throws<ObjectDisposedException>(() => RowSeal.Seal(keys.Current, SealedPart.Body, name, "text"u8));
    }
}
