using System.Threading.Channels;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

/// <summary>What one server tells the others.</summary>
public sealed class NoticeTests() : DatabaseContract(Engine.PostgreSql)
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_notice_comes_after_the_commit_and_only_to_others()
    {
        await using IDatabase here = await OpenAsync();
        await using IDatabase there = await OpenAsync();
        var ownNotices = Channel.CreateUnbounded<string?>();
        var notices = Channel.CreateUnbounded<string?>();
        using IDisposable own = here.Listen("a", notice => ownNotices.Writer.WriteAsync(notice));
        using IDisposable other = there.Listen("a", notice => notices.Writer.WriteAsync(notice));

        await Assert.ThrowsAsync<InvalidOperationException>(() => here.WriteAsync<int>(session =>
        {
            session.Notify("a", "undone");
            throw new InvalidOperationException("on purpose");
        }));
        await here.WriteAsync(async session =>
        {
            session.Notify("b", "of another topic");
            session.Notify("a", "one two");
            session.Notify("a", "'three'; --");
            return await session.ExecuteAsync("INSERT INTO numbers(value) VALUES(1)");
        });
        Assert.Equal("one two", await NextAsync(notices));
        Assert.Equal("'three'; --", await NextAsync(notices));
        Assert.Equal(1, await there.CountAsync());

        // The way back, after which the first server has surely heard its own.
        await there.WriteAsync(session =>
        {
            session.Notify("a", "back");
            return ValueTask.FromResult(0);
        });
        Assert.Equal("back", await NextAsync(ownNotices));
    }

    [Fact]
    public async Task Each_commit_is_heard_of()
    {
        await using IDatabase there = await OpenAsync();
        var notices = Channel.CreateUnbounded<string?>();
        using IDisposable other = there.Listen("n", notice => notices.Writer.WriteAsync(notice));
        IDatabase here = await OpenAsync();
        Task<long?>[] commits = [.. Enumerable.Range(0, 1000).Select(_ => here.WriteAsync(async session =>
        {
            await session.LockAsync(1);
            long? value = await session.InsertNextAsync();
            session.Notify("n", $"{value}");
            return value;
        }))];
        await Task.WhenAll(commits);
        // Also what was not told yet when it closes.
        await here.DisposeAsync();
        var heard = new List<string?>();
        for (int i = 0; i < 1000; i++)
            heard.Add(await NextAsync(notices));
        Assert.Equal(Enumerable.Range(1, 1000).Select(n => $"{n}").Order(), heard.Order());
    }

    [Fact]
    public async Task When_a_server_goes_the_others_look_for_what_it_did_not_tell()
    {
        await using IDatabase here = await OpenAsync();
        var notices = Channel.CreateUnbounded<string?>();
        using IDisposable listener = here.Listen("a", notice => notices.Writer.WriteAsync(notice));
        IDatabase other = await OpenAsync();
        await other.WriteAsync(session =>
        {
            session.Notify("a", "there");
            return ValueTask.FromResult(0);
        });
        Assert.Equal("there", await NextAsync(notices));
        await other.DisposeAsync();
        Assert.Null(await NextAsync(notices));
    }

    [Fact]
    public async Task What_is_too_long_for_the_server_is_refused()
    {
        await using IDatabase here = await OpenAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => here.WriteAsync(session =>
        {
            session.Notify("a", new string('ä', IWriteSession.MaxNoticeOctets));
            return ValueTask.FromResult(0);
        }));
        await here.WriteAsync(session =>
        {
            session.Notify("a", new string('a', IWriteSession.MaxNoticeOctets));
            return ValueTask.FromResult(0);
        });
    }

    private static async Task<string?> NextAsync(Channel<string?> notices) => await notices.Reader.ReadAsync().AsTask().WaitAsync(Guard);
}
