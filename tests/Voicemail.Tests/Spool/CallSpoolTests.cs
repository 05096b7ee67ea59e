using UnifiedMsg.Voicemail.Spool;

namespace UnifiedMsg.Voicemail.Tests.Spool;

public sealed class CallSpoolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("spool-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_entered_is_listed_until_it_leaves()
    {
        var spool = new CallSpool(_folder);
        spool.Enter(Call("b"));
        spool.Enter(Call("a"));
        File.WriteAllBytes(spool.AudioPath("a"), [1]);
        Assert.Equal([Call("a"), Call("b")], new CallSpool(_folder).List().Calls);

        spool.Leave("a");
        Assert.False(File.Exists(spool.AudioPath("a")));
        Assert.Equal([Call("b")], spool.List().Calls);
    }

    [Fact]
    public void An_entry_that_can_not_be_read_hides_no_other()
    {
        var spool = new CallSpool(_folder);
        spool.Enter(Call("a"));
        File.WriteAllText(Path.Combine(_folder, "torn.json"), "{\"Id\":\"to");
        var (calls, unreadable) = spool.List();
        Assert.Single(calls);
        Assert.EndsWith("torn.json", Assert.Single(unreadable), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_set_aside_is_kept_but_not_listed()
    {
        var spool = new CallSpool(_folder);
        spool.Enter(Call("a"));
        File.WriteAllBytes(spool.AudioPath("a"), [1]);
        var aside = spool.SetAside("a");
        Assert.Empty(spool.List().Calls);
        Assert.True(File.Exists(Path.Combine(aside, "a.wav")));
        Assert.True(File.Exists(Path.Combine(aside, "a.json")));
    }

    [Fact]
    public void Only_the_server_may_read_what_callers_said()
    {
        if (OperatingSystem.IsWindows()) return;
        var spool = new CallSpool(Path.Combine(_folder, "spool"));
        spool.Enter(Call("a"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "spool", "a.json")));
    }

    private static SpooledCall Call(string id) => new(
        id, "call@host", 7, "alice@example.test", "2000", "Bob \"B\"", "1001", new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.Zero), true);
}
