using MailKit;
using UnifiedMsg.Interop.Programs;

namespace UnifiedMsg.Interop.Mail;

/// <summary>mbsync keeps a Maildir and the mailbox alike.</summary>
[Requires("mbsync", package: "isync")]
public sealed class MbsyncTests : IAsyncLifetime
{
    private Installation _installation = null!;

    public async ValueTask InitializeAsync()
    {
        _installation = await Installation.StartAsync();
        await Letters.FileAsync(_installation, "First", "Second", "Third");
        Directory.CreateDirectory(Maildir);
        await File.WriteAllTextAsync(Path.Combine(_installation.Folder, "mbsyncrc"), $"""
            IMAPAccount um
            Host 127.0.0.1
            Port {_installation.EndPoints.Imap[0].Port}
            User alice@example.test
            Pass "{Installation.Password}"
            SSLType STARTTLS
            CertificateFile {_installation.Certificate}

            IMAPStore server
            Account um

            MaildirStore here
            Path {Maildir}/
            Inbox {Maildir}/INBOX
            SubFolders Verbatim

            Channel all
            Far :server:
            Near :here:
            Patterns *
            Create Both
            Expunge Both
            Sync All
            SyncState *

            """);
    }

    private string Maildir => Path.Combine(_installation.Folder, "maildir");

    [Fact]
    public async Task It_pulls_everything_and_a_second_run_finds_nothing_to_do()
    {
        await SyncAsync();
        var files = Files("INBOX");
        Assert.Equal(3, files.Length);
        Assert.Equal(["First", "Second", "Third"], files.Select(Subject).Order());
        foreach (var folder in (string[])["Drafts", "Sent", "Trash", "Junk", "Archive"])
            Assert.True(Directory.Exists(Path.Combine(Maildir, folder)), folder);

        await SyncAsync();
        Assert.Equal(files, Files("INBOX"));
    }

    [Fact]
    public async Task A_flag_a_letter_and_a_deletion_made_here_reach_the_server_and_a_flag_made_there_comes_back()
    {
        await SyncAsync();
        Rename("First", "F");
        Rename("Second", "T");
        await File.WriteAllTextAsync(Path.Combine(Maildir, "INBOX", "cur", "1.new.here:2,S"), "From: alice@example.test\nSubject: Fourth\n\nOf mine.\n");
        await SyncAsync();

        using var client = await _installation.LogInAsync();
        await client.Inbox!.OpenAsync(FolderAccess.ReadWrite);
        var there = await client.Inbox.FetchAsync(0, -1, MessageSummaryItems.Envelope | MessageSummaryItems.Flags);
        Assert.Equal(["First", "Third", "Fourth"], there.Select(each => each.Envelope!.Subject));
        Assert.Equal([MessageFlags.Flagged, MessageFlags.None, MessageFlags.Seen], there.Select(each => each.Flags!.Value & ~MessageFlags.Recent));

        await client.Inbox.AddFlagsAsync(1, MessageFlags.Answered, silent: true);
        await client.DisconnectAsync(quit: true);
        await SyncAsync();
        Assert.EndsWith("R", Files("INBOX").Single(file => Subject(file) == "Third"));
    }

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    private Task<string> SyncAsync() => ExternalProgram.RunAsync("mbsync", _installation.Folder, Installation.Guard, "-c", "mbsyncrc", "-V", "-a");

    private string[] Files(string folder) => [.. ((string[])["cur", "new"])
        .SelectMany(part => Directory.GetFiles(Path.Combine(Maildir, folder, part))).Order(StringComparer.Ordinal)];

    private static string Subject(string file) =>
        File.ReadLines(file).First(line => line.StartsWith("Subject: ", StringComparison.Ordinal))["Subject: ".Length..].Trim();

    // A Maildir says by the end of a file's name which flags the letter has.
    private void Rename(string subject, string flags)
    {
        var file = Files("INBOX").Single(each => Subject(each) == subject);
        var name = Path.GetFileName(file);
        File.Move(file, Path.Combine(Maildir, "INBOX", "cur", $"{name[..name.IndexOf(":2,", StringComparison.Ordinal)]}:2,{flags}"));
    }
}
