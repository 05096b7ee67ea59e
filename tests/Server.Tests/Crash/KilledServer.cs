using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Wav;
using UnifiedMsg.Server.Configuration;
using UnifiedMsg.Server.Phone;
using UnifiedMsg.Server.Tests.Commands;
using UnifiedMsg.Sip;
using UnifiedMsg.Sip.Messages;
using UnifiedMsg.TestKit;

namespace UnifiedMsg.Server.Tests.Crash;

/// <summary>
/// An installation with one person, whose server is killed and started again and again, and every call that was placed to it. It holds
/// that each call is one message, with what was said up to the end of the call.
/// </summary>
internal sealed class KilledServer : IAsyncDisposable
{
    /// <summary>The password of both.</summary>
    public const string Password = "correct horse";

    /// <summary>A person who is called by nobody, but has mail.</summary>
    public const string Reader = "bob@example.test";

    private const string User = "alice@example.test";
    private const string Extension = "1001";

    // As long as a phone on a busy machine may take to open its ears.
    private static readonly TimeSpan Greeting = TimeSpan.FromSeconds(1);

    // What a kill may cost of a recording.
    private static readonly TimeSpan MostLost = TimeSpan.FromSeconds(1);

    // Shorter speech is a click of the line, so a call with no more than this above what may be lost may be a missed call.
    private static readonly TimeSpan ShortestSpeech = TimeSpan.FromMilliseconds(400);

    private readonly string _folder = Directory.CreateTempSubdirectory("um").FullName;
    private readonly SipTransportKind _transport;
    private readonly SoftPhone _phone;
    private readonly AudioClip _fixture;
    private readonly List<SpokenCall> _calls = [];
    private readonly List<string> _logs = [];
    private ServerProcess? _process;
    private bool _isKept;

    private KilledServer(SipTransportKind transport, AudioClip fixture)
    {
        (_transport, _fixture) = (transport, fixture);
        _phone = new SoftPhone(
            NameAddress.Parse("\"Bob\" <sip:1002@example.test>"), IPAddress.Loopback, transport, NullLoggerFactory.Instance, TimeProvider.System);
    }

    // What all its processes logged.
    private IEnumerable<string> Logs => _process is null ? _logs : _logs.Append(_process.Log);

    // What all its processes said of calls, for the message of a test that fails.
    private string Log => string.Join('\n', Logs.SelectMany(log => log.Split('\n').Where(line => line.Contains("Voicemail")).Prepend("--")));

    /// <summary>The process of this time.</summary>
    public ServerProcess Process => _process ?? throw new InvalidOperationException("it was never started");

    /// <summary>Lays one out.</summary>
    /// <param name="transport">How it is called.</param>
    /// <param name="change">Changes its configuration.</param>
    public static async Task<KilledServer> CreateAsync(SipTransportKind transport, Func<ServerOptions, ServerOptions>? change = null)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var fixture = await WavFile.ReadAsync(Path.Combine(AppContext.BaseDirectory, "message-rms.wav"), cancellationToken);
        var server = new KilledServer(transport, fixture);
        await server.LayOutAsync(change ?? (same => same), cancellationToken);
        await server._phone.StartAsync(cancellationToken);
        return server;
    }

    public async Task StartAsync()
    {
        if (_process is not null)
        {
            _logs.Add(_process.Log);
            await _process.DisposeAsync();
        }
        _process = null;
        _process = await ServerProcess.StartAsync(_folder);
    }

    /// <summary>Places some calls at once; each caller has begun to speak when this is done.</summary>
    public async Task<IReadOnlyList<SpokenCall>> CallAsync(int count)
    {
        var server = _transport == SipTransportKind.Tcp ? Process.SipTcp : Process.SipUdp;
        var target = SipUri.Parse($"sip:{Extension}@{server}{(_transport == SipTransportKind.Tcp ? ";transport=tcp" : "")}");
        var first = _calls.Count;
        var calls = await Task.WhenAll(Enumerable.Range(first, count).Select(i => SpokenCall.BeginAsync(_phone, target, Words(i))));
        _calls.AddRange(calls);
        return calls;
    }

    /// <summary>SIGKILL; what was said until then has to be in the mailbox some time.</summary>
    public async Task KillAsync()
    {
        await Process.KillAsync();
        await Task.WhenAll(_calls.Select(call => call.CutOffAsync()));
    }

    /// <summary>Every caller has said enough.</summary>
    public Task HangUpAsync() => Task.WhenAll(_calls.Select(call => call.HangUpAsync(TestContext.Current.CancellationToken)));

    /// <summary>Waits for the messages of all calls placed so far, and holds that each is there once with what was said.</summary>
    public async Task CheckMailboxAsync()
    {
        var messages = await Mailbox.ReadAsync(Process.Imaps, User, Password, _calls.Count);
        Assert.Equal(_calls.Select(call => call.CallId).Order(), messages.Select(message => message.CallId).Order());
        var lost = _calls.Select(call => Check(call, messages.Single(message => message.CallId == call.CallId).Audio)).ToArray();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{_transport}: {_calls.Count} calls, {messages.Count(message => message.Audio is not null)} of them voice mails; most lost {lost.Max().TotalMilliseconds} ms");
    }

    /// <summary>Stops the server the gentle way, by which every delivery under way is finished, and holds that nothing is left over.</summary>
    public async Task StopAndCheckAsync()
    {
        Assert.Equal(0, await Process.TerminateAsync());
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_folder, "data", "spool")));
        await CheckStoreAsync();
    }

    /// <summary>Holds that each call is one message, whatever is still delivered until the server has stopped or at its next start.</summary>
    public async Task CheckNothingIsDoubledAsync()
    {
        await StopAndCheckAsync();
        await StartAsync();
        await CheckMailboxAsync();
        await StopAndCheckAsync();
    }

    /// <summary>Ends it and leaves its folder, with what it logged; returns where that is.</summary>
    public async Task<string> KeepAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        await File.WriteAllLinesAsync(Path.Combine(_folder, "server.log"), Logs);
        _isKept = true;
        return _folder;
    }

    /// <summary>Holds that the store is in order, whether the server runs or not.</summary>
    public async Task CheckStoreAsync()
    {
        var check = await CommandRun.OfAsync(_folder, "store", "check");
        Assert.True(check.ExitCode == 0, check.Output + check.Error);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var call in _calls)
            await call.DisposeAsync();
        if (_process is not null)
            await _process.DisposeAsync();
        await _phone.DisposeAsync();
        if (!_isKept)
            Directory.Delete(_folder, recursive: true);
    }

    private async Task LayOutAsync(Func<ServerOptions, ServerOptions> change, CancellationToken cancellationToken)
    {
        var options = change(await TestServer.LayOutAsync(_folder));
        await File.WriteAllTextAsync(Path.Combine(_folder, "unifiedmsg.yaml"), ConfigurationText.Annotated(options), cancellationToken);
        var plans = Path.Combine(_folder, "dialplans");
        await WavFile.WriteAsync(Path.Combine(plans, "short.wav"), AudioClip.Silence(Greeting), cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(plans, "default.yaml"),
            $"steps:\n  - name: all\n    to: \"{Extension}\"\n    mailbox: \"{Extension}\"\n    greeting: short.wav\n", cancellationToken);
        foreach (string[] person in (string[][])[[User, "--name", "Alice", "--extension", Extension], [Reader, "--name", "Bob"]])
        {
            var user = await CommandRun.OfAsync(_folder, Password, ["user", "add", .. person, "--password-file", "-"]);
            Assert.True(user.ExitCode == 0, user.Error);
        }
    }

    // Each call says something else, so that one can't stand for another.
    private AudioClip Words(int call)
    {
        var from = call * 7919 % (_fixture.Samples.Length / 2);
        var words = new short[_fixture.Samples.Length];
        _fixture.Samples.Span[from..].CopyTo(words);
        _fixture.Samples.Span[..from].CopyTo(words.AsSpan(words.Length - from));
        return new AudioClip(words, _fixture.SampleRate);
    }

    // Gives how much of the end is missing.
    private TimeSpan Check(SpokenCall call, AudioClip? recorded)
    {
        if (recorded is null)
        {
            Assert.True(call.Said <= MostLost + ShortestSpeech, $"{call.CallId}: {call.Said} was said, and only a missed call is left\n{Log}");
            return call.Said;
        }
        if (call.Said == TimeSpan.Zero)
            return TimeSpan.Zero;
        var comparison = AudioComparison.Compare(call.SaidAudio, recorded);
        Assert.True(
            comparison.LostAtTail <= MostLost && comparison.LostAtHead == TimeSpan.Zero && comparison.LongestGap == TimeSpan.Zero
            && (comparison.Correlation >= 0.99 || call.Said <= MostLost),
            $"{call.CallId}: {call.Said} was said, {recorded.Duration} recorded: {comparison}\n{Log}");
        return comparison.LostAtTail;
    }
}
