using UnifiedMsg.Server.Configuration;
using UnifiedMsg.TestEngines;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Crash;

/// <summary>What clients hear, and what is in the mailbox, when the connection to PostgreSQL breaks exactly around the commit.</summary>
public sealed class CommitCutTests : IAsyncLifetime
{
    private const string Password = "correct horse";
    private const string Bob = "bob@example.test";
    private const string NewItem = "INSERT INTO store_items";

    private DatabaseHome _home = null!;
    private CommitCutter _cutter = null!;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _home = await DatabaseHome.CreateAsync(Engine.PostgreSql);
        _cutter = new CommitCutter(_home.Connection);
        _server = await TestServer.StartAsync(options => options with
        {
            Database = new DatabaseSection { Engine = DatabaseEngine.Postgresql, Connection = _cutter.Connection, MaxOutage = TimeSpan.FromMinutes(1) },
        });
        await _server.AddUserAsync("bob", "1002", Password);
    }

    [Theory, InlineData(CommitCut.Answer), InlineData(CommitCut.Request), InlineData(CommitCut.Underway)]
    public async Task Mail_is_taken_and_is_there_once(CommitCut where)
    {
        using var smtp = await LineDialogue.ConnectAsync(_server.Host.EndPoints.Smtp[0]);
        await smtp.AskAsync("EHLO mail.example.org", "250 ");
        await smtp.AskAsync("MAIL FROM:<carol@example.org>", "250 ");
        await smtp.AskAsync($"RCPT TO:<{Bob}>", "250 ");
        await smtp.AskAsync("DATA", "354 ");
        var cut = _cutter.CutAsync(where, NewItem);
        Assert.StartsWith("250 ", await smtp.AskAsync("Subject: x\r\n\r\nx\r\n.", ""));
        await cut;
        await HoldsOneAsync();
    }

    [Theory, InlineData(CommitCut.Answer), InlineData(CommitCut.Request), InlineData(CommitCut.Underway)]
    public async Task What_a_client_files_is_there_once_by_the_number_that_it_was_told(CommitCut where)
    {
        using var imap = await LineDialogue.ConnectAsync(_server.Host.EndPoints.Imap[0]);
        await imap.AskAsync($"a LOGIN {Bob} \"{Password}\"", "a OK");
        var cut = _cutter.CutAsync(where, NewItem);
        var answer = await imap.AskAsync("b APPEND INBOX {12+}\r\nSubject: x\r\n", "b ");
        await cut;
        Assert.StartsWith("b OK [APPENDUID ", answer);
        var uid = answer.Split(' ', ']')[4];
        await imap.AskAsync("c SELECT INBOX", "c OK");
        Assert.Equal($"* SEARCH {uid}", await imap.AskAsync("d UID SEARCH ALL", "* SEARCH"));
        await HoldsOneAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _cutter.DisposeAsync();
        await _home.DisposeAsync();
    }

    private async Task HoldsOneAsync()
    {
        using var imap = await LineDialogue.ConnectAsync(_server.Host.EndPoints.Imap[0]);
        await imap.AskAsync($"a LOGIN {Bob} \"{Password}\"", "a OK");
        Assert.EndsWith("(MESSAGES 1)", await imap.AskAsync("b STATUS INBOX (MESSAGES)", "* STATUS"));
        Assert.Empty((await _server.Host.Administration.CheckStoreAsync()).Problems);
    }
}
