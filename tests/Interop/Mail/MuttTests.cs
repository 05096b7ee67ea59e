using MailKit;
using UnifiedMsg.Interop.Programs;

namespace UnifiedMsg.Interop.Mail;

/// <summary>mutt reads a mailbox, driven by the keys that a person would press, on a terminal that `script` gives it.</summary>
[Requires("mutt", package: "mutt")]
[Requires("script", package: "bsdutils")]
public sealed class MuttTests : IAsyncLifetime
{
    private Installation _installation = null!;

    public async ValueTask InitializeAsync()
    {
        _installation = await Installation.StartAsync();
        await Letters.FileAsync(_installation, "First", "Second", "Third");
        await File.WriteAllTextAsync(Path.Combine(_installation.Folder, "muttrc"), $"""
            set certificate_file="{_installation.Certificate}"
            set ssl_force_tls=yes
            set imap_user="alice@example.test"
            set imap_pass="{Installation.Password}"
            set folder="{_installation.Folder}"
            set sort=mailbox-order
            set delete=yes
            set quit=yes
            set wait_key=no
            set pipe_decode=no
            set resolve=no
            set move=no
            set beep=no

            """);
    }

    [Theory, InlineData("imap"), InlineData("imaps")]
    public async Task It_reads_flags_and_deletes(string scheme)
    {
        var screen = await MuttAsync(
            scheme,
            "<first-entry><display-message><exit><pipe-message>cat > first<enter>",
            "<jump>2<enter><flag-message>",
            "<last-entry><delete-message><quit>");

        Assert.True(File.Exists(Path.Combine(_installation.Folder, "first")), screen);
        Assert.Contains("This is the letter First.", await File.ReadAllTextAsync(Path.Combine(_installation.Folder, "first")));
        using var client = await _installation.LogInAsync();
        await client.Inbox!.OpenAsync(FolderAccess.ReadOnly);
        var left = await client.Inbox.FetchAsync(0, -1, MessageSummaryItems.Envelope | MessageSummaryItems.Flags);
        Assert.Equal(["First", "Second"], left.Select(each => each.Envelope!.Subject));
        Assert.Equal([MessageFlags.Seen, MessageFlags.Flagged], left.Select(each => each.Flags!.Value & (MessageFlags.Seen | MessageFlags.Flagged)));
    }

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    private Task<string> MuttAsync(string scheme, params string[] keys)
    {
        var port = (scheme == "imap" ? _installation.EndPoints.Imap : _installation.EndPoints.Imaps)[0].Port;
        File.WriteAllText(Path.Combine(_installation.Folder, "keys"), $"push \"{string.Concat(keys)}\"\n");
        return ExternalProgram.RunAsync(
            "script", _installation.Folder, Installation.Guard,
            "-qec", $"mutt -n -F muttrc -f {scheme}://127.0.0.1:{port}/INBOX -e 'source keys'", "/dev/null");
    }
}
