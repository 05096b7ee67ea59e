using System.Threading.Channels;
using UnifiedMsg.TestEngines;

namespace UnifiedMsg.Database.Tests;

/// <summary>What one server tells the others.</summary>
public sealed class NoticeTests() : DatabaseContract(Engine.PostgreSql)
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_notice_comes_with_the_commit_and_only_to_others()
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
    public async Task Notices_come_in_the_order_of_the_commits()
    {
        await using IDatabase here = await OpenAsync();
        await using IDatabase there = await OpenAsync();
        var notices = Channel.CreateUnbounded<string?>();
        using IDisposable other = there.Listen("n", notice => notices.Writer.WriteAsync(notice));
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => here.WriteAsync(async session =>
        {
            await session.LockAsync(1);
            session.Notify("n", $"{await session.InsertNextAsync()}");
            return 0;
        }))));
        for (int i = 1; i <= 100; i++)
            Assert.Equal($"{i}", await NextAsync(notices));
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
