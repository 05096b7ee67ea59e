using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Interop.Programs;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Server.Phone;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.Store;
using UnifiedMsg.TestKit;
using UnifiedMsg.Voicemail.Prompts;

namespace UnifiedMsg.Interop.FullDisk;

/// <summary>The disk of the whole data folder is full while somebody speaks.</summary>
[Requires("mount", package: "mount")]
public sealed class FullDiskTests
{
    private readonly LogRecorder _log = new(LogLevel.Error);

    [Fact]
    public async Task A_message_that_is_cut_off_is_told_reported_and_kept_until_there_is_room()
    {
        await using var disk = await SmallDisk.MountAsync(32);
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(_log));
        await using var server = await TestServer.StartAsync(options => OnDisk(options, disk), loggers);
        var alice = await server.AddUserAsync("alice", "1001");
        var words = await Fixtures.ReadAsync("message-rms.wav");

        await using var phone = Phone();
        await phone.StartAsync(CancellationToken.None);
        await using var call = await phone.CallAsync(Target(server));
        Assert.True(await call.WaitForToneAsync(Installation.Guard));
        // Two seconds of sound still have room.
        disk.Fill(left: 32 * 1024);
        var speaking = call.PlayAsync(AudioClip.Join(words, words, words));
        Assert.True(await call.WaitForEndAsync(Installation.Guard));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => speaking);

        var told = AudioComparison.Compare(PromptSet.Load()["recording-cut-off"], call.Heard);
        Assert.True(told.Correlation > 0.9, told.ToString());
        Assert.Contains(9055, _log.Entries.Select(entry => entry.Id));
        Assert.Contains("""recordings_failed{kept="beginning"} 1""", await MetricsAsync(server));

        disk.Free();
        var audio = await OnlyVoiceMailAsync(server, alice.Id);
        Assert.InRange(audio.Duration.TotalSeconds, 1, 4);
        var kept = AudioComparison.Compare(new AudioClip(words.Samples[..(8000 * 3 / 4)], 8000), audio);
        Assert.True(kept.Correlation > 0.99, kept.ToString());
    }

    [Fact]
    public async Task On_a_disk_that_takes_nothing_the_caller_is_told_and_the_call_is_not_forgotten()
    {
        await using var disk = await SmallDisk.MountAsync(32);
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(_log));
        await using var server = await TestServer.StartAsync(options => OnDisk(options, disk), loggers);
        var alice = await server.AddUserAsync("alice", "1001");
        disk.Fill(left: 0);

        await using var phone = Phone();
        await phone.StartAsync(CancellationToken.None);
        await using var call = await phone.CallAsync(Target(server));
        Assert.True(await call.WaitForEndAsync(Installation.Guard));
        var told = AudioComparison.Compare(PromptSet.Load()["system-error"], call.Heard);
        Assert.True(told.Correlation > 0.9, told.ToString());
        Assert.Contains(9051, _log.Entries.Select(entry => entry.Id));
        Assert.Contains("""recordings_failed{kept="none"} 1""", await MetricsAsync(server));

        disk.Free();
        Assert.Equal(ItemKind.MissedCall, (await OnlyItemAsync(server, alice.Id)).Kind);
    }

    private static Server.Configuration.ServerOptions OnDisk(Server.Configuration.ServerOptions options, SmallDisk disk)
    {
        File.WriteAllText(Path.Combine(options.Dialplans, "default.yaml"), Installation.Plan);
        File.WriteAllBytes(Path.Combine(options.Dialplans, "hello.wav"), WavFile.Write(AudioClip.Silence(TimeSpan.FromSeconds(0.3))));
        return options with { Data = Path.Combine(disk.Path, "data") };
    }

    private static SoftPhone Phone() => new(
        NameAddress.Parse("<sip:2000@example.test>"), IPAddress.Loopback, SipTransportKind.Udp, NullLoggerFactory.Instance, TimeProvider.System);

    private static SipUri Target(TestServer server) => SipUri.Create("1001", "127.0.0.1", server.Host.EndPoints.Sip[0].EndPoint.Port, null);

    private static async Task<string> MetricsAsync(TestServer server)
    {
        using var client = new HttpClient();
        return await client.GetStringAsync($"http://{server.Host.EndPoints.Http[0]}/metrics");
    }

    private static async Task<AudioClip> OnlyVoiceMailAsync(TestServer server, long account)
    {
        var item = await OnlyItemAsync(server, account);
        Assert.Equal(ItemKind.VoiceMail, item.Kind);
        await using var content = await server.Host.Data.Store.OpenContentAsync(item.Id);
        var message = new CallMessage(await MimeKit.MimeMessage.LoadAsync(content!));
        Assert.True(WavReader.TryRead(message.Recording, out var clip, out var error), error);
        return clip;
    }

    // The delivery is tried again after 5 s, then 10 and so on.
    private static async Task<Item> OnlyItemAsync(TestServer server, long account)
    {
        var store = server.Host.Data.Store;
        var changed = new SemaphoreSlim(0);
        using var feed = store.Subscribe(account, _ => changed.Release());
        var inbox = await store.FindFolderAsync(account, "INBOX");
        while (true)
        {
            if ((await store.ReadFolderAsync(inbox!.Id)).Items is { Count: > 0 } items)
                return Assert.Single(items);
            Assert.True(await changed.WaitAsync(Installation.Guard));
        }
    }
}
