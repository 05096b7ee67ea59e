using System.Net;
using Microsoft.Extensions.Logging;
using UnifiedMsg.Media.Audio;
using UnifiedMsg.Media.Codecs;
using UnifiedMsg.Media.Recording;
using UnifiedMsg.Media.Sdp;
using UnifiedMsg.Media.Session;

namespace UnifiedMsg.Benchmarks.Media;

/// <summary>
/// The process that is measured: the media of calls and the disk writer, nothing else. It obeys lines of its input, each answered by one
/// line: <c>open CALLS record|play|both PORT</c> gives the ports of the calls, <c>use</c> what was used and counted so far, <c>reset</c>
/// forgets delays, <c>stop</c> ends the playing, <c>close</c> ends the calls and gives the samples recorded, <c>slots CALLS</c> makes
/// places for calls that come and go and <c>replace SLOT PORT</c> ends the call of one and gives the port of the next, 0 when none is
/// free; it ends with its input.
/// </summary>
internal sealed class MediaServer(
    MediaEngine engine, RecordingDisk disk, AudioCodec codec, Protection protection, bool inbandKeys, string folder, SendTimes? times)
{
    private const int EventPayloadType = 101;

    private readonly List<MeasuredCall> _calls = [];
    private MeasuredCall?[] _slots = [];
    private int _replaced;
    private readonly Delays _delays = new();
    private AudioClip? _speech;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        using var loggers = LoggerFactory.Create(logging => logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .SetMinimumLevel(arguments.Text("log", "") == "all" ? LogLevel.Information : LogLevel.Warning));
        var options = new MediaOptions
        {
            Receiving = Enum.Parse<DatagramReceiving>(arguments.Text("receiver", "auto"), ignoreCase: true),
            FirstPort = (int)arguments.Number("first", 0),
            LastPort = (int)arguments.Number("last", 0),
        };
        await using var engine = new MediaEngine(options, TimeProvider.System, loggers.CreateLogger<MediaEngine>());
        using var disk = new RecordingDisk(new RecordingDiskOptions(), TimeProvider.System, loggers.CreateLogger<RecordingDisk>());
        using var times = arguments.Text("times", "") is { Length: > 0 } path ? SendTimes.Open(path) : null;
        var server = new MediaServer(
            engine, disk, Codec(arguments), Protection.Of(arguments.Text("protection", "none")), arguments.Text("keys", "events") == "inband",
            arguments.Folder(), times);
        while (await Console.In.ReadLineAsync() is { } line)
            Console.WriteLine(await server.ObeyAsync(line.Split(' ')));
        return 0;
    }

    public static AudioCodec Codec(Arguments arguments) =>
        AudioCodec.BuiltIn.Single(codec => codec.Name.Equals(arguments.Text("codec", "PCMU"), StringComparison.OrdinalIgnoreCase));

    private async Task<string> ObeyAsync(string[] words)
    {
        switch (words[0])
        {
            case "open":
                for (var i = int.Parse(words[1]); i > 0; i--)
                    _calls.Add(await OpenAsync(_calls.Count, words[2], int.Parse(words[3])));
                return string.Join(' ', _calls.Select(call => call.Session.LocalRtp.Port));
            case "reset":
                _delays.Clear();
                return "";
            case "slots":
                _slots = new MeasuredCall?[int.Parse(words[1])];
                return "";
            case "replace":
                return (await ReplaceAsync(int.Parse(words[1]), int.Parse(words[2]))).ToString();
            case "use":
                return Use().ToString();
            case "stop":
                await Task.WhenAll(_calls.Select(call => call.StopPlayingAsync()));
                return "";
            case "close":
                return (await CloseAsync()).ToString();
            default:
                throw new InvalidOperationException(words[0]);
        }
    }

    private async Task<int> ReplaceAsync(int slot, int remotePort)
    {
        if (_slots[slot] is { } before)
        {
            await before.EndAsync();
            File.Delete(before.Path!);
        }
        try
        {
            _slots[slot] = null;
            _slots[slot] = await OpenAsync(_replaced++, "both", remotePort);
        }
        // No port is free: for the benchmark to tell.
        catch (IOException)
        {
            return 0;
        }
        return _slots[slot]!.Session.LocalRtp.Port;
    }

    private async Task<MeasuredCall> OpenAsync(int number, string what, int remotePort)
    {
        var call = new MeasuredCall(engine.OpenSession());
        call.Session.Start(protection.Negotiated(number, new NegotiatedAudio
        {
            Codec = codec,
            PayloadType = codec.StaticPayloadType!.Value,
            ReceivePayloadType = codec.StaticPayloadType!.Value,
            // As good as all phones agree to it; to the others we listen for keys in the sound itself.
            DtmfPayloadType = inbandKeys ? null : EventPayloadType,
            ReceiveDtmfPayloadType = inbandKeys ? null : EventPayloadType,
            Remote = new IPEndPoint(IPAddress.Loopback, remotePort),
            RemoteRtcp = new IPEndPoint(IPAddress.Loopback, remotePort + 1),
        }));
        if (what is "record" or "both")
            await call.RecordAsync(disk, Path.Combine(folder, $"{number}.wav"), _delays, times, number);
        if (what is "play" or "both")
            call.Play(_speech ??= CallLoad.Speech(codec.SampleRate));
        return call;
    }

    private MediaUse Use()
    {
        // Nothing is gathered: asking must not show in the answer.
        long received = 0, lost = 0, sent = 0, dropped = 0;
        foreach (var call in _calls)
        {
            var figures = call.Session.Figures;
            received += figures.PacketsReceived;
            lost += figures.PacketsLost;
            sent += figures.PacketsSent;
            dropped += figures.PacketsOfStrangers + figures.PacketsUnusable;
        }
        return new MediaUse(
            Environment.CpuUsage.TotalTime.Ticks, GC.GetTotalAllocatedBytes(), Environment.WorkingSet, received, lost, sent, dropped,
            _delays.At(0.999), _delays.At(1), GC.CollectionCount(0));
    }

    private async Task<long> CloseAsync()
    {
        _calls.AddRange(_slots.OfType<MeasuredCall>());
        _slots = [];
        var recorded = await Task.WhenAll(_calls.Select(call => call.EndAsync()));
        _calls.Clear();
        return recorded.Sum(each => (long)Math.Round(each.TotalSeconds * codec.SampleRate));
    }
}
