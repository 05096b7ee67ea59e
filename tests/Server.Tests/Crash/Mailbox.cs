using System.Net;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;
using MimeKit;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;

namespace UnifiedMsg.Server.Tests.Crash;

/// <summary>A message about a call, as a mail client sees it.</summary>
/// <param name="CallId">The SIP Call-ID of the call.</param>
/// <param name="Audio">What was recorded; null in the notice of a missed call.</param>
internal sealed record CallMessage(string CallId, AudioClip? Audio);

/// <summary>Reads a mailbox over IMAP.</summary>
internal static class Mailbox
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    /// <summary>Waits until the inbox has so many messages, and gives all of it, also what is there beyond the number.</summary>
    /// <exception cref="TimeoutException">They did not come.</exception>
    public static async Task<IReadOnlyList<CallMessage>> ReadAsync(IPEndPoint imaps, string user, string password, int count)
    {
        using var guard = new CancellationTokenSource(Guard);
        using var client = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync(imaps.Address.ToString(), imaps.Port, SecureSocketOptions.SslOnConnect, guard.Token);
        await client.AuthenticateAsync(user, password, guard.Token);
        var inbox = client.Inbox!;
        await inbox.OpenAsync(FolderAccess.ReadOnly, guard.Token);
        while (inbox.Count < count)
            await IdleUntilChangeAsync(client, inbox, count, guard.Token);
        var messages = new List<CallMessage>();
        for (var i = 0; i < inbox.Count; i++)
            messages.Add(await ReadMessageAsync(await inbox.GetMessageAsync(i, guard.Token), guard.Token));
        await client.DisconnectAsync(quit: true, guard.Token);
        return messages;
    }

    private static async Task IdleUntilChangeAsync(ImapClient client, IMailFolder inbox, int count, CancellationToken guard)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(guard);
        void OnCount(object? sender, EventArgs change) => done.Cancel();
        inbox.CountChanged += OnCount;
        await client.IdleAsync(done.Token, CancellationToken.None);
        inbox.CountChanged -= OnCount;
        if (guard.IsCancellationRequested)
            throw new TimeoutException($"{inbox.Count} of {count} messages came");
    }

    private static async Task<CallMessage> ReadMessageAsync(MimeMessage message, CancellationToken cancellationToken)
    {
        var part = message.BodyParts.OfType<MimePart>().SingleOrDefault(each => each.ContentType.IsMimeType("audio", "wav"));
        if (part is null)
            return new CallMessage(message.Headers["X-CallID"] ?? "", null);
        using var file = new MemoryStream();
        await part.Content!.DecodeToAsync(file, cancellationToken);
        Assert.True(WavReader.TryRead(file.ToArray(), out var audio, out var error), error);
        return new CallMessage(message.Headers["X-CallID"] ?? "", audio);
    }
}
