using MailKit;
using MimeKit;

namespace UnifiedMsg.Interop.Mail;

/// <summary>Something to read.</summary>
internal static class Letters
{
    /// <summary>Files a letter of each subject in alice's inbox.</summary>
    public static async Task FileAsync(Installation installation, params string[] subjects)
    {
        using var client = await installation.LogInAsync();
        foreach (var subject in subjects)
        {
            using var letter = new MimeMessage { Subject = subject, Body = new TextPart("plain") { Text = $"This is the letter {subject}.\r\n" } };
            letter.From.Add(MailboxAddress.Parse("bob@example.test"));
            letter.To.Add(MailboxAddress.Parse("alice@example.test"));
            await client.Inbox!.AppendAsync(new AppendRequest(letter));
        }
        await client.DisconnectAsync(quit: true);
    }
}
