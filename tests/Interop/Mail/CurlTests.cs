using UnifiedMsg.Interop.Programs;

namespace UnifiedMsg.Interop.Mail;

/// <summary>curl sends mail and reads it.</summary>
[Requires("curl", package: "curl")]
public sealed class CurlTests : IAsyncLifetime
{
    private const string Letter = "From: bob@example.test\r\nTo: alice@example.test\r\nSubject: By curl\r\n\r\nHello Alice\r\n.a line with a dot\r\n";

    private Installation _installation = null!;

    public async ValueTask InitializeAsync()
    {
        _installation = await Installation.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(_installation.Folder, "letter"), Letter);
    }

    [Theory, InlineData("smtp"), InlineData("smtps")]
    public async Task What_it_submits_it_can_find_and_fetch(string scheme)
    {
        var port = (scheme == "smtp" ? _installation.EndPoints.Submission : _installation.EndPoints.Submissions)[0].Port;
        await CurlAsync("bob", "--ssl-reqd", "--mail-from", "bob@example.test", "--mail-rcpt", "alice@example.test", "-T", "letter", $"{scheme}://127.0.0.1:{port}");
        Assert.Equal("* SEARCH 1", (await CurlAsync("alice", Imaps("INBOX?SUBJECT%20%22By%20curl%22"))).TrimEnd());
        Assert.Equal("* SEARCH", (await CurlAsync("alice", Imaps("INBOX?SUBJECT%20other"))).TrimEnd());
        var fetched = await CurlAsync("alice", Imaps("INBOX;MAILINDEX=1"));
        Assert.Contains("\r\nSubject: By curl\r\n", fetched);
        Assert.EndsWith("\r\n\r\nHello Alice\r\n.a line with a dot\r\n", fetched);
    }

    [Theory, InlineData("imap"), InlineData("imaps")]
    public async Task It_sees_every_folder(string scheme)
    {
        var port = (scheme == "imap" ? _installation.EndPoints.Imap : _installation.EndPoints.Imaps)[0].Port;
        var folders = await CurlAsync("alice", "--ssl-reqd", $"{scheme}://127.0.0.1:{port}/");
        foreach (var name in (string[])["INBOX", "Drafts", "Sent", "Trash", "Junk", "Archive"])
            Assert.Matches($"(?m)^\\* LIST \\([^)]*\\) \"/\" \"?{name}\"?\r?$", folders);
    }

    [Fact]
    public async Task It_files_a_message_flags_it_and_fetches_one_part()
    {
        await CurlAsync("alice", "-T", "letter", Imaps("Drafts"));
        await CurlAsync("alice", Imaps("Drafts"), "-X", "STORE 1 +FLAGS (\\Flagged)");
        Assert.Equal("* SEARCH 1", (await CurlAsync("alice", Imaps("Drafts?FLAGGED"))).TrimEnd());
        Assert.Equal("Hello Alice\r\n.a line with a dot\r\n", await CurlAsync("alice", Imaps("Drafts;UID=1;SECTION=TEXT")));
    }

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    private string Imaps(string path) => $"imaps://127.0.0.1:{_installation.EndPoints.Imaps[0].Port}/{path}";

    private Task<string> CurlAsync(string user, params IEnumerable<string> arguments) => ExternalProgram.RunAsync(
        "curl", _installation.Folder, Installation.Guard,
        ["-sS", "--cacert", _installation.Certificate, "-u", $"{user}@example.test:{Installation.Password}", .. arguments]);
}
