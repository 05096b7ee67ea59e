using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Server.Phone;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Benchmarks.Call;

/// <summary>What one call took, in milliseconds.</summary>
internal readonly record struct CallTimes(double Answer, double Message, double Lamp);

/// <summary>Calls a mailbox of its own, which an idling mail client and a phone with a lamp watch.</summary>
internal sealed class Caller : IAsyncDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private readonly SipUri _target;
    private readonly SoftPhone _phone = NewPhone("2000");
    private readonly SoftPhone _owner;
    private readonly IdlingClient _mail;

    private Caller(SipUri target, SoftPhone owner, IdlingClient mail) => (_target, _owner, _mail) = (target, owner, mail);

    public static SoftPhone NewPhone(string user) => new(
        NameAddress.Parse($"<sip:{user}@{TestServer.Domain}>"), IPAddress.Loopback, SipTransportKind.Udp, NullLoggerFactory.Instance, TimeProvider.System);

    public static async Task<Caller> OpenAsync(ServerProcess server, string user, string password, string extension)
    {
        var target = SipUri.Parse($"sip:{extension}@{server.SipUdp}");
        var owner = NewPhone(extension);
        await owner.StartAsync(CancellationToken.None);
        await owner.SubscribeLampAsync(target, CancellationToken.None);
        // The first notice says how things stand.
        await owner.Lamp.ReadAsync().AsTask().WaitAsync(Guard);
        var caller = new Caller(target, owner, await IdlingClient.OpenAsync(server.Imap, user, password));
        await caller._phone.StartAsync(CancellationToken.None);
        return caller;
    }

    /// <summary>Calls, speaks, hangs up, and waits for the message and the lamp.</summary>
    public async Task<CallTimes> CallAsync(AudioClip speech)
    {
        await using var call = await _phone.CallAsync(_target);
        await call.PlayAsync(speech);
        var message = _mail.NextMessageAsync();
        var lamp = LampAsync();
        var hungUp = Stopwatch.GetTimestamp();
        await call.HangUpAsync();
        var messageAt = await message.WaitAsync(Guard);
        var lampAt = await lamp.WaitAsync(Guard);
        return new CallTimes(
            call.AnsweredAfter.TotalMilliseconds,
            Stopwatch.GetElapsedTime(hungUp, messageAt).TotalMilliseconds,
            Stopwatch.GetElapsedTime(hungUp, lampAt).TotalMilliseconds);
    }

    public async ValueTask DisposeAsync()
    {
        _mail.Dispose();
        await _phone.DisposeAsync();
        await _owner.DisposeAsync();
    }

    private async Task<long> LampAsync()
    {
        await _owner.Lamp.ReadAsync();
        return Stopwatch.GetTimestamp();
    }
}
